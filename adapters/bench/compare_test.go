package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// turns is how often each version is measured.
const turns = 4

// TestCompare measures the commit BENCH_BASE and this tree in turns. Without one it does nothing: what is of this package in it is
// tested by the others.
func TestCompare(t *testing.T) {
	base := os.Getenv("BENCH_BASE")
	if base == "" {
		return
	}
	only, source := chosen(t), systemtest.Source(t, base)
	var pairs []Pair
	for _, s := range scenes(false, chosenSizes(t)) {
		rows := s.chosen(only)
		if len(rows) == 0 || s.floors {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			size := chosenSizes(t)
			size.rounds = 1
			before := s.open(t, build(t, filepath.Join(source, "adapters"), s.way), size)
			now := s.open(t, build(t, "", s.way), size)
			for _, r := range rows {
				pairs = append(pairs, compare(before, now, r))
			}
		})
	}
	var text strings.Builder
	if err := PrintPairs(&text, pairs); err != nil {
		t.Error(err)
	}
	t.Logf("%s, before: %s\n%s", heading(), base, text.String())
}

func compare(before, now *lab, r row) Pair {
	p := Pair{Name: r.Name, Unit: r.Unit}
	for range turns {
		a, err := r.ours(before)
		if p.Err = err; err != nil {
			break
		}
		b, err := r.ours(now)
		if p.Err = err; err != nil {
			break
		}
		p.Before, p.Now = append(p.Before, a), append(p.Now, b)
		now.progress(r.Name, a.Text(r.Unit), b.Text(r.Unit))
	}
	return p
}

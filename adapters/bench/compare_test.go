package bench

import (
	"os"
	"path/filepath"
	"slices"
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

// compare measures a row of both versions. They take turns in being first, since who comes second may find the machine warmer.
func compare(before, now *lab, r row) Pair {
	p := Pair{Name: r.Name, Unit: r.Unit}
	for turn := range turns {
		figures, order := map[*lab]Figure{}, []*lab{before, now}
		if turn%2 == 1 {
			slices.Reverse(order)
		}
		for _, l := range order {
			if figures[l], p.Err = r.ours(l); p.Err != nil {
				return p
			}
		}
		p.Before, p.Now = append(p.Before, figures[before]), append(p.Now, figures[now])
		now.progress(r.Name, figures[before].Text(r.Unit), figures[now].Text(r.Unit))
	}
	return p
}

package operator

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/function"
)

// group is the letters of one consumer whose reasons have the same words.
type group struct {
	consumer, reason string
	n                int
	oldest, newest   time.Time
}

func (d *deadLetters) groups(ctx context.Context, s function.Service, out io.Writer) error {
	found := map[[2]string]*group{}
	if err := d.each(ctx, s, func(l function.DeadLetter) error {
		key := [2]string{l.Function, common(l.Reason)}
		if found[key] == nil {
			found[key] = &group{consumer: key[0], reason: key[1], oldest: l.At}
		}
		found[key].n++
		found[key].newest = l.At
		return nil
	}); err != nil {
		return err
	}
	for _, g := range slices.SortedFunc(maps.Values(found), func(a, b *group) int {
		return cmp.Or(b.n-a.n, cmp.Compare(a.consumer, b.consumer), cmp.Compare(a.reason, b.reason))
	}) {
		if _, err := fmt.Fprintf(out, "%s  %d  %s  %s to %s ago\n    %s\n", s.Name, g.n, g.consumer, age(g.oldest), age(g.newest), g.reason); err != nil {
			return err
		}
	}
	return nil
}

var particular = regexp.MustCompile(`\w*\d\w*`)

// common is what a reason has in common with those of other events: its first line, with # for every word that has a digit.
func common(reason string) string {
	line, _, _ := strings.Cut(reason, "\n")
	return particular.ReplaceAllString(strings.ToValidUTF8(line[:min(len(line), 300)], ""), "#")
}

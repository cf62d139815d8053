package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Pair is what was measured of a row of two versions, in turns.
type Pair struct {
	Name, Unit  string
	Before, Now []Figure
	Err         error // one of them has no figure
}

// Ratio is the median, over the turns, of now to before, of what number says. Before and now of one turn met the same load of the machine.
func (p Pair) Ratio(number func(Figure) float64) float64 {
	var all []float64
	for i := range min(len(p.Before), len(p.Now)) {
		if before := number(p.Before[i]); before > 0 {
			all = append(all, number(p.Now[i])/before)
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// PrintPairs writes pairs as Markdown.
func PrintPairs(to io.Writer, pairs []Pair) error {
	var text strings.Builder
	text.WriteString("| load | before | now | now ÷ before: value | rate | p99 |\n|---|---|---|---|---|---|\n")
	for _, p := range pairs {
		if p.Err != nil {
			fmt.Fprintf(&text, "| %s | none: %v | | | | |\n", p.Name, p.Err)
			continue
		}
		of := func(what func(Figure) float64) string {
			if r := p.Ratio(what); r > 0 {
				return number(r)
			}
			return ""
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %s |\n", p.Name, Median(p.Before).Text(p.Unit), Median(p.Now).Text(p.Unit),
			of(func(f Figure) float64 { return f.Value }), of(func(f Figure) float64 { return f.Rate }), of(func(f Figure) float64 { return f.P99 }))
	}
	_, err := io.WriteString(to, text.String())
	return err
}

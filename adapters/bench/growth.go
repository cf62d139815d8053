package bench

import (
	"fmt"
	"io"
	"strings"
)

// Growth is what a load costs as something grows.
type Growth struct {
	Name   string // of the load
	Of     string // what grows
	Unit   string
	Sizes  []int
	Points []Figure // at each size
	Err    error    // there are no more points
}

// Times is how much more a request costs at the last size than at the first; what costs nothing then has its 99th percentile compared.
func (g Growth) Times() float64 {
	if len(g.Points) < 2 {
		return 0
	}
	first, last := g.Points[0], g.Points[len(g.Points)-1]
	if first.Value > 0 {
		return last.Value / first.Value
	}
	return last.P99 / first.P99
}

// PrintGrowth writes what grows as Markdown.
func PrintGrowth(to io.Writer, all []Growth) error {
	if len(all) == 0 {
		return nil
	}
	var text strings.Builder
	text.WriteString("\n| load | as this grows | at each size | last ÷ first |\n|---|---|---|---|\n")
	for _, g := range all {
		var points []string
		for i, p := range g.Points {
			points = append(points, number(float64(g.Sizes[i]))+": "+p.Text(g.Unit))
		}
		if g.Err != nil {
			points = append(points, "none: "+g.Err.Error())
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", g.Name, g.Of, strings.Join(points, "<br>"), number(g.Times()))
	}
	_, err := io.WriteString(to, text.String())
	return err
}

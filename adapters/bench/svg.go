package bench

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// Places in the picture, in its units.
const (
	width, labels, right = 880, 330, 40
	lineHeight           = 22
)

// The picture has no background: it is for light pages and dark ones.
const style = `<style>
text{font:12px system-ui,sans-serif;fill:#1f2328}.small{font-size:11px;fill:#59636e}.title{font-size:15px;font-weight:600}
line{stroke:#d1d9e0}.span{stroke:#818b98;stroke-width:2}.ours{fill:#0969da}.floor{fill:#1a7f37}.reference{fill:#cf222e}.step{fill:#818b98}
circle{r:5px}.step{r:3px}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}line{stroke:#3d444d}.span{stroke:#656c76}.ours{fill:#4493f8}.floor{fill:#3fb950}.reference{fill:#f85149}}
</style>`

// Draw draws the costs of requests beside their floors and the reference, and how costs grow.
func Draw(to io.Writer, t *Table, growths []Growth) error {
	costs := chart{title: "Processor time of a request, ms", legend: []mark{{0, "ours"}, {0, "floor"}, {0, "reference"}}}
	growing := chart{title: "What it costs as something grows tenfold, and again: 1 is at first, the large dot at last"}
	for _, r := range t.Rows {
		if r.Err != nil || r.Unit != "ms CPU" || r.FloorName == "" && r.Reference.Value == 0 {
			continue
		}
		costs.lines = append(costs.lines, line{r.Name, []mark{{r.Floor.Value, "floor"}, {r.Reference.Value, "reference"}, {r.Ours.Value, "ours"}}})
	}
	for _, g := range growths {
		if g.Unit == "MB" { // it grows as it must
			continue
		}
		l := line{label: g.Name + ", " + g.Of}
		for i, p := range g.Points {
			cost, first := p.Value, g.Points[0].Value
			if first == 0 {
				cost, first = p.P99, g.Points[0].P99
			}
			l.marks = append(l.marks, mark{cost / first, map[bool]string{true: "ours", false: "step"}[i == len(g.Points)-1]})
		}
		growing.lines = append(growing.lines, l)
	}
	var text strings.Builder
	top := 0
	for _, c := range []chart{costs, growing} {
		if len(c.lines) > 0 {
			top = c.draw(&text, top)
		}
	}
	_, err := fmt.Fprintf(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Measured costs\">\n%s\n%s</svg>\n", width, top, style, text.String())
	return err
}

// chart is lines of marks on one logarithmic axis.
type chart struct {
	title  string
	legend []mark
	lines  []line
}

type line struct {
	label string
	marks []mark
}

type mark struct {
	at    float64 // 0 is not drawn
	class string
}

// draw writes a chart below top, and returns where it ends.
func (c chart) draw(to *strings.Builder, top int) int {
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range c.lines {
		for _, m := range l.marks {
			if m.at > 0 {
				low, high = min(low, math.Log10(m.at)), max(high, math.Log10(m.at))
			}
		}
	}
	low, high = math.Floor(low), max(math.Ceil(high), math.Floor(low)+1)
	x := func(value float64) float64 {
		return labels + (math.Log10(value)-low)/(high-low)*(width-labels-right)
	}
	fmt.Fprintf(to, "<text class=\"title\" x=\"8\" y=\"%d\">%s</text>\n", top+24, html.EscapeString(c.title))
	for i, m := range c.legend {
		x := width - right - 90*(len(c.legend)-i)
		fmt.Fprintf(to, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"4\"/><text x=\"%d\" y=\"%d\">%s</text>\n", m.class, x, top+20, x+10, top+24, m.class)
	}
	bottom := top + 50 + len(c.lines)*lineHeight
	for power := low; power <= high; power++ {
		at := x(math.Pow(10, power))
		fmt.Fprintf(to, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/><text class=\"small\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n",
			at, at, top+40, bottom, at, bottom+14, number(math.Pow(10, power)))
	}
	for i, l := range c.lines {
		y := top + 54 + i*lineHeight
		fmt.Fprintf(to, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", labels-12, y+4, html.EscapeString(l.label))
		from, until := math.Inf(1), math.Inf(-1)
		for _, m := range l.marks {
			if m.at > 0 {
				from, until = min(from, x(m.at)), max(until, x(m.at))
			}
		}
		if from < until {
			fmt.Fprintf(to, "<line class=\"span\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n", from, until, y, y)
		}
		for _, m := range l.marks {
			if m.at > 0 {
				fmt.Fprintf(to, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%d\" r=\"4\"><title>%s: %s</title></circle>\n", m.class, x(m.at), y, m.class, number(m.at))
			}
		}
	}
	return bottom + 30
}

package bench

import (
	"fmt"
	"io"
	"strings"
)

// Row is a line of the table: what was measured, beside the floor, the system that this one replaces, and what it must reach.
type Row struct {
	Name      string
	Unit      string
	Ours      Figure
	FloorName string
	Floor     Figure
	Reference Figure
	More      bool // of Value is better, not less
	Goals     []Goal
	Why       string // what a miss comes from
	Err       error  // there is no figure
}

// Table is the rows in their order.
type Table struct{ Rows []Row }

func (t *Table) find(name string) Figure {
	for _, r := range t.Rows {
		if r.Name == name {
			return r.Ours
		}
	}
	return Figure{}
}

// Verdict says of each goal of a row whether it is met, or by how much it is missed.
func (t *Table) Verdict(r Row) string {
	var all []string
	for _, g := range r.Goals {
		verdict := "met"
		switch ratio := g.Ratio(Measured{r.Ours, r.Floor, t}); {
		case r.Err != nil || ratio == 0:
			verdict = "not measured"
		case ratio > 1:
			verdict = fmt.Sprintf("**missed by %s %%**", number(100*(ratio-1)))
		}
		all = append(all, g.Text+": "+verdict)
	}
	verdict := strings.Join(all, "; ")
	if r.Why != "" && strings.Contains(verdict, "missed") {
		verdict += ": " + r.Why
	}
	return verdict
}

// Print writes the table as Markdown.
func (t *Table) Print(to io.Writer) error {
	if len(t.Rows) == 0 {
		return nil
	}
	var text strings.Builder
	text.WriteString("| load | ours | floor | ours ÷ floor | reference | ours ÷ reference | must reach |\n|---|---|---|---|---|---|---|\n")
	for _, r := range t.Rows {
		ours := r.Ours.Text(r.Unit)
		if r.Err != nil {
			ours = "none: " + strings.ReplaceAll(r.Err.Error(), "\n", " ")
		}
		floor := ""
		if r.FloorName != "" {
			floor = r.FloorName + ": " + r.Floor.Text(r.Unit)
		}
		reference := ""
		if r.Reference != (Figure{}) {
			reference = r.Reference.Text(r.Unit)
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %s | %s |\n", r.Name, ours, floor, ratio(r.Ours.Value, r.Floor.Value), reference,
			ratio(r.Ours.Value, r.Reference.Value), t.Verdict(r))
	}
	_, err := io.WriteString(to, text.String())
	return err
}

func ratio(a, b float64) string {
	if a == 0 || b == 0 {
		return ""
	}
	return number(a / b)
}

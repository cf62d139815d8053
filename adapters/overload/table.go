package overload

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Row is one requirement, and what was measured.
type Row struct {
	Load, What, Measured, Required string
	Missed                         bool
}

// Table is all of them.
type Table []Row

// Note adds a row. Without a requirement it is for information.
func (t *Table) Note(load, what, measured, required string, missed bool) {
	*t = append(*t, Row{load, what, measured, required, missed})
}

// Print writes the table as Markdown.
func (t Table) Print(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 1, ' ', 0)
	fmt.Fprintf(w, "| load\t| what\t| measured\t| required\t| \t|\n|---\t|---\t|---\t|---\t|---\t|\n")
	for _, r := range t {
		verdict := map[bool]string{true: "**missed**"}[r.Missed]
		if !r.Missed && r.Required != "" {
			verdict = "met"
		}
		fmt.Fprintf(w, "| %s\t| %s\t| %s\t| %s\t| %s\t|\n", r.Load, r.What, r.Measured, r.Required, verdict)
	}
	return w.Flush()
}

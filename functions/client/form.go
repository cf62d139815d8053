package client

import (
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
)

// form is a form as it is shown: empty, or with what was typed and what is wrong with it.
type form struct {
	Notice  string // that is no problem
	Problem string // with the whole of it
	Focus   bool   // on the problem
	Fields  []field
	Return  string // the address to go to when it is done
}

// field is one input with its label, and the message beside it.
type field struct {
	Name, Label, Hint  string
	Type, Autocomplete string
	InputMode, Value   string
	Refusal            string // what to say when a service refuses the value
	Problem            string
	Focus, Blamed      bool // Blamed: the form's problem is also the field's
	Optional           bool
	Options            []option // of a select
}

// option is a value of a field, and what people read.
type option struct{ Value, Label string }

// DescribedBy names the elements that say more about the field.
func (f field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	if f.Problem != "" {
		ids = append(ids, f.Name+"-problem")
	}
	if f.Blamed {
		ids = append(ids, "form-problem")
	}
	return strings.Join(ids, " ")
}

// problem puts a message beside a field, and the cursor into the first that has one.
func (f *form) problem(name, text string) {
	first := true
	for i := range f.Fields {
		first = first && f.Fields[i].Problem == ""
		if f.Fields[i].Name == name {
			f.Fields[i].Problem, f.Fields[i].Focus = text, first
			return
		}
	}
}

// mark puts a problem beside every field that a service's error names.
func (f *form) mark(err error) {
	for _, named := range apierror.From(err).Fields {
		for _, field := range f.Fields {
			if field.Name == named.Name {
				f.problem(field.Name, field.Refusal)
			}
		}
	}
}

// blame says what is wrong with the form as a whole, and puts the cursor into its first field.
func (f *form) blame(text string) {
	f.Problem = text
	for i := range f.Fields {
		f.Fields[i].Blamed, f.Fields[i].Focus = true, i == 0
	}
}

func (f *form) ok() bool {
	for _, field := range f.Fields {
		if field.Problem != "" {
			return false
		}
	}
	return f.Problem == ""
}

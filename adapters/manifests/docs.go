package manifests

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gittix/ticketing/adapters/dispatcher"
	"github.com/gittix/ticketing/adapters/knative"
	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/adapters/manifests/gocode"
	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/adapters/mutations"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// docs is what the documentation's tables are made of: the system, and the comments of its code.
type docs struct {
	System
	gocode.Code
}

func docsOutputs(s System, code gocode.Code) []Output {
	d := docs{s, code}
	all := []Output{
		{Path: "functions/README.md", Part: "picture", Template: "docs picture", Data: d},
		{Path: "functions/README.md", Part: "functions", Template: "docs functions", Data: d},
		{Path: "shared/README.md", Part: "states", Template: "docs states", Data: diagrams()},
		{Path: "shared/README.md", Part: "events", Template: "docs events", Data: d},
		{Path: "adapters/README.md", Part: "settings of the services", Template: "docs settings", Data: d.serviceSettings()},
		{Path: "adapters/README.md", Part: "settings of the programs", Template: "docs settings", Data: d.programSettings()},
	}
	for promise := range mutations.Promises {
		all = append(all, Output{Path: "shared/README.md", Part: fmt.Sprint("bugs of ", promise+1), Template: "docs bugs", Data: mutations.Of(promise + 1)})
	}
	return all
}

// Link is a function's name, with a link from the folder functions to its handler.
func (d docs) Link(f Function) (string, error) {
	file := d.Files[gocode.Handler(f.Source)]
	if file == "" {
		return f.Name, nil
	}
	file, err := filepath.Rel("functions", file)
	return "[" + f.Name + "](" + filepath.ToSlash(file) + ")", err
}

// Comment is the first sentence of the function's comment.
func (d docs) Comment(f Function) string {
	if s := d.Summary(gocode.Handler(f.Source)); s != "" {
		return s + "."
	}
	return ""
}

// Event is a type of event.
type Event struct {
	Type, Publisher string
	Data            string // the type of its payload in shared/event
	Consumers       []Function
}

// Events are all types of events, in the order of shared/event.
func (d docs) Events() []Event {
	var all []Event
	for _, e := range event.All() {
		publisher, _, _ := strings.Cut(e.Type, ".")
		consumers := filter(d.Consumers(), func(f Function) bool { return slices.Contains(f.Types, e.Type) })
		all = append(all, Event{e.Type, publisher, e.Data.Name(), consumers})
	}
	return all
}

// Publishers are the services whose events the consumer consumes, and the types that it consumes of each.
func (f Function) Publishers() map[string][]string {
	all := map[string][]string{}
	for _, t := range f.Types {
		publisher, _, _ := strings.Cut(t, ".")
		all[publisher] = append(all[publisher], t)
	}
	return all
}

// CalledBy says what calls the function.
func (f Function) CalledBy() string {
	switch {
	case f.Kind == Consumer:
		return "`" + strings.Join(f.Types, "`, `") + "`"
	case f.Kind == Schedule:
		every := f.Every.String()
		for _, zeros := range []string{"m0s", "h0m"} { // 1h0m0s is 1h
			if strings.HasSuffix(every, zeros) {
				every = every[:len(every)-2]
			}
		}
		return "every " + every
	case f.NeedsSession:
		return fmt.Sprintf("`%s %s`, signed in", f.Method, f.Path)
	}
	return fmt.Sprintf("`%s %s`", f.Method, f.Path)
}

// Places are what the function connects to.
func (f Function) Places() string {
	names := map[string]string{"postgres": "PostgreSQL", "redis": "Redis", "internet": "the internet", "mail": "a mail server"}
	var all []string
	for _, s := range f.Settings {
		if name, ok := names[s.Reaches]; ok {
			all = append(all, name)
		} else if s.Reaches != "" {
			all = append(all, s.Reaches)
		}
	}
	return strings.Join(all, ", ")
}

// settingsTable is a table of settings: those of one name share a row.
type settingsTable struct {
	gocode.Code
	Rows []settingRow
}

type settingRow struct {
	config.Setting
	Readers []string
	Comment string
}

// add notes that a reader reads settings. The first comment is the row's.
func (t *settingsTable) add(reader string, settings ...config.Setting) {
	for _, s := range settings {
		i := slices.IndexFunc(t.Rows, func(r settingRow) bool { return r.Name == s.Name })
		if i < 0 {
			i, t.Rows = len(t.Rows), append(t.Rows, settingRow{Setting: s})
		}
		row := &t.Rows[i]
		if row.Comment == "" {
			row.Comment = cmp.Or(s.Comment, t.Comments[s.Struct.PkgPath()+"."+s.Struct.Name()+"."+s.Field])
		}
		if s.Default != row.Default {
			row.Readers = append(row.Readers, reader+" (`"+s.Default+"`)")
		} else {
			row.Readers = append(row.Readers, reader)
		}
	}
}

func (d docs) serviceSettings() settingsTable {
	table := settingsTable{Code: d.Code}
	for _, service := range d.Services {
		for _, setting := range service.Settings {
			readers := filter(service.Functions, func(f Function) bool { return f.Reads(setting.Name) })
			reader := service.Name
			if n := len(readers); n > 5 && n < len(service.Functions) {
				reader += fmt.Sprintf(" (%d functions)", n)
			} else if n > 0 && n < len(service.Functions) {
				var names []string
				for _, f := range readers {
					names = append(names, f.Name)
				}
				reader += " (" + strings.Join(names, ", ") + ")"
			}
			table.add(reader, setting)
		}
	}
	return table
}

func (d docs) programSettings() settingsTable {
	table := settingsTable{Code: d.Code}
	table.add("Kubernetes", config.Settings(process.Settings{})...)
	table.add("Knative", config.Settings(knative.Settings{})...)
	table.add("Lambda", config.Settings(lambda.Settings{})...)
	table.add("dispatcher", config.Settings(dispatcher.Settings{})...)
	table.add("migrate", config.Settings(migrate.Settings{})...)
	table.add("`make run`", config.Settings(local.Settings{})...)
	return table
}

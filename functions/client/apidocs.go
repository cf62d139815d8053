package client

import (
	"bytes"
	"context"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/function"
)

// document returns the endpoint of a published document.
func (s *Site) document(name, path string, handle http.HandlerFunc) function.Endpoint {
	return function.Raw(name, http.MethodGet, path, handle).HandledBy(handle).Answers(http.StatusOK, "application/json")
}

// OpenAPI returns the calls of the system as an OpenAPI 3.1 document.
func (s *Site) OpenAPI(w http.ResponseWriter, r *http.Request) {
	document := api.OpenAPI
	if base := function.Base(r.Context()); base != "" {
		document = bytes.Replace(document, []byte(`"url": "/"`), []byte(`"url": "`+base+`"`), 1)
	}
	writeDocument(w, document)
}

// AsyncAPI returns the events of the system as an AsyncAPI 3.0 document.
func (s *Site) AsyncAPI(w http.ResponseWriter, _ *http.Request) { writeDocument(w, api.AsyncAPI) }

func writeDocument(w http.ResponseWriter, document []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(document) // the client went away
}

// APIDocs returns both documents as a page to read.
func (s *Site) APIDocs(context.Context, visit) (answer, error) {
	docs, err := readDocuments()
	return show("apidocs", "API", docs), err
}

// apiDocs is what the page shows.
type apiDocs struct {
	Calls    api.Calls
	Events   api.Events
	Services []documentedService
	Types    []documentedType
	Messages []documentedEvent
	Payloads []documentedType
}

type documentedService struct {
	api.Tag
	Calls []documentedCall
}

type documentedCall struct {
	*api.Operation
	Method, Path string
}

type documentedEvent struct {
	Type, Summary string
	Data          *api.Schema
	From          string
	To            []string // services
}

type documentedType struct {
	*api.Schema
	Name, Prefix string // Prefix: of the ids of the types that its fields lead to
}

func typesOf(prefix string, c api.Components) []documentedType {
	var types []documentedType
	for _, name := range slices.Sorted(maps.Keys(c.Schemas)) {
		types = append(types, documentedType{c.Schemas[name], name, prefix})
	}
	return types
}

var readDocuments = sync.OnceValues(func() (apiDocs, error) {
	var d apiDocs
	if err := json.Unmarshal(api.OpenAPI, &d.Calls); err != nil {
		return d, err
	}
	if err := json.Unmarshal(api.AsyncAPI, &d.Events); err != nil {
		return d, err
	}
	for _, tag := range d.Calls.Tags {
		service := documentedService{Tag: tag}
		for _, path := range slices.Sorted(maps.Keys(d.Calls.Paths)) {
			for _, method := range slices.Sorted(maps.Keys(d.Calls.Paths[path])) {
				if o := d.Calls.Paths[path][method]; slices.Contains(o.Tags, tag.Name) {
					service.Calls = append(service.Calls, documentedCall{o, strings.ToUpper(method), path})
				}
			}
		}
		d.Services = append(d.Services, service)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Events.Components.Messages)) {
		m := d.Events.Components.Messages[name]
		e := documentedEvent{Type: name, Summary: m.Summary, Data: m.Payload.Properties["data"]}
		for _, id := range slices.Sorted(maps.Keys(d.Events.Operations)) {
			switch o := d.Events.Operations[id]; {
			case o.Channel.Ref != "#/channels/"+name:
			case o.Action == "send":
				e.From = o.Tags[0].Name
			default:
				e.To = append(e.To, o.Tags[0].Name)
			}
		}
		d.Messages = append(d.Messages, e)
	}
	d.Types, d.Payloads = typesOf("type-", d.Calls.Components), typesOf("data-", d.Events.Components)
	return d, nil
})

// kind says in words, and with links to the types of a document, what a schema takes.
func kind(prefix string, s *api.Schema) template.HTML {
	name := template.HTMLEscapeString
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		target := name(s.Ref[strings.LastIndexByte(s.Ref, '/')+1:])
		return template.HTML(`<a href="#` + name(prefix) + target + `">` + target + `</a>`) //nolint:gosec // escaped
	case s.AnyOf != nil:
		var kinds []string
		for _, option := range s.AnyOf {
			kinds = append(kinds, string(kind(prefix, option)))
		}
		return template.HTML(strings.Join(kinds, " or ")) //nolint:gosec // escaped
	case s.Items != nil:
		return "list of " + kind(prefix, s.Items)
	case s.Enum != nil:
		return template.HTML(name(strings.Join(s.Enum, ", "))) //nolint:gosec // escaped
	case s.Format == "date-time" || s.Format == "email":
		return template.HTML(name(s.Format)) //nolint:gosec // escaped
	}
	return template.HTML(name(strings.Join(s.Type, " or "))) //nolint:gosec // escaped
}

// inJSON writes an example.
func inJSON(v any) (string, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	return string(b), err
}

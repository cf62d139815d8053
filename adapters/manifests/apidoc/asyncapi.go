package apidoc

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gittix/ticketing/adapters/manifests/gocode"
	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// AsyncAPI returns the document of all events: who sends them, who receives them, and what they carry.
// Errors: a type that no schema can be made of; an event without a service that sends it.
func AsyncAPI(code gocode.Code, services []function.Service) ([]byte, error) {
	g := schemas{code, map[string]*api.Schema{}, map[string]reflect.Type{}}
	doc := api.Events{
		AsyncAPI: "3.0.0",
		Info: api.Info{Title: "Ticketing events", Version: version, Generated: generated, Description: "Every event is a CloudEvent 1.0 in JSON, and carries the whole state " +
			"of what it is about, with its version. Delivery is at least once, in any order: what is received is kept only if it is newer. " +
			"The subject on the bus is the event's type."},
		ContentType: "application/cloudevents+json",
		Channels:    map[string]api.Channel{}, Operations: map[string]api.EventOperation{},
	}
	doc.Components.Messages = map[string]api.Message{}
	senders := map[string]bool{}
	for _, s := range services {
		senders[s.Name] = s.Outbox != nil
	}
	for _, e := range event.All() {
		data, err := g.of(e.Data)
		if err != nil {
			return nil, err
		}
		sender, _, _ := strings.Cut(e.Type, ".")
		if !senders[sender] {
			return nil, fmt.Errorf("apidoc: no service sends %s", e.Type)
		}
		summary := gocode.Sentence(code.Comments[gocode.Module+"shared/event.Type="+e.Type])
		doc.Channels[e.Type] = api.Channel{Address: e.Type, Summary: summary, Messages: map[string]api.Ref{"event": {Ref: "#/components/messages/" + e.Type}}}
		doc.Components.Messages[e.Type] = api.Message{Title: e.Type, Summary: summary, Payload: envelope(e.Type, sender, data)}
		doc.Operations["send-"+e.Type] = operation("send", e.Type, sender)
	}
	for _, s := range services {
		for _, c := range s.Consumers {
			for _, t := range c.Types {
				o := operation("receive", t, s.Name)
				o.Summary, o.Description = g.about(c.Source)
				doc.Operations[c.Name+"-"+t] = o
			}
		}
	}
	doc.Components.Schemas = g.named
	return encode(doc)
}

func operation(action, eventType, service string) api.EventOperation {
	return api.EventOperation{Action: action, Channel: api.Ref{Ref: "#/channels/" + eventType}, Tags: []api.Tag{{Name: service}}}
}

// envelope is the schema of a CloudEvent in structured mode.
func envelope(eventType, sender string, data *api.Schema) *api.Schema {
	text := func(s api.Schema) *api.Schema { s.Type = api.Types{"string"}; return &s }
	schema := &api.Schema{Type: api.Types{"object"}, Properties: map[string]*api.Schema{
		"specversion":     text(api.Schema{Const: "1.0"}),
		"id":              text(api.Schema{Description: "Unique for its source."}),
		"source":          text(api.Schema{Const: "/" + sender}),
		"type":            text(api.Schema{Const: eventType}),
		"subject":         text(api.Schema{Description: "What it is about: <kind>/<id>."}),
		"time":            text(api.Schema{Format: "date-time"}),
		"datacontenttype": text(api.Schema{Const: jsonType}),
		"sequence":        text(api.Schema{Description: "Its position in the sender's outbox, in decimal."}),
		"data":            data,
	}}
	schema.Required = slices.Sorted(maps.Keys(schema.Properties))
	schema.Properties["traceparent"] = text(api.Schema{Description: "The W3C trace context of the change."})
	return schema
}

package api

import (
	_ "embed"
	"encoding/json"
)

// OpenAPI and AsyncAPI are the published documents: the calls (OpenAPI 3.1) and the events (AsyncAPI 3.0), as JSON.
// `make generate` writes them from the services' tables of contents.
var (
	//go:embed openapi.json
	OpenAPI []byte
	//go:embed asyncapi.json
	AsyncAPI []byte
)

// Calls is an OpenAPI document, as far as this system needs one.
type Calls struct {
	OpenAPI    string                           `json:"openapi"`
	Info       Info                             `json:"info"`
	Servers    []Server                         `json:"servers"`
	Tags       []Tag                            `json:"tags"`
	Paths      map[string]map[string]*Operation `json:"paths"` // by path, then by method in lower case
	Components Components                       `json:"components"`
}

// Info says what a document is about.
type Info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
	Generated   string `json:"x-generated"`
}

// Server is where calls go.
type Server struct {
	URL         string `json:"url"`
	Description string `json:"description"`
}

// Tag is a service.
type Tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// Operation is a call.
type Operation struct {
	ID          string               `json:"operationId"`
	Tags        []string             `json:"tags"`
	Summary     string               `json:"summary"`
	Description string               `json:"description,omitempty"`
	Security    []map[string][]any   `json:"security,omitempty"` // any of them; an empty one: none is needed
	Parameters  []Parameter          `json:"parameters,omitempty"`
	Body        *Body                `json:"requestBody,omitempty"`
	Responses   map[string]*Response `json:"responses"` // by status
}

// Parameter is what a call takes beside its body.
type Parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"` // path, query or header
	Required    bool    `json:"required,omitempty"`
	Description string  `json:"description,omitempty"`
	Schema      *Schema `json:"schema"`
	Example     any     `json:"example,omitempty"`
}

// Body is a request's, by media type.
type Body struct {
	Required bool             `json:"required"`
	Content  map[string]Media `json:"content"`
}

// Response is an answer with one status.
type Response struct {
	Description string            `json:"description"`
	Headers     map[string]Header `json:"headers,omitempty"`
	Content     map[string]Media  `json:"content,omitempty"`
}

// Header is one of an answer's.
type Header struct {
	Description string  `json:"description,omitempty"`
	Schema      *Schema `json:"schema"`
}

// Media is a body of one media type. The examples of an error are by its code.
type Media struct {
	Schema   *Schema            `json:"schema"`
	Example  any                `json:"example,omitempty"`
	Examples map[string]Example `json:"examples,omitempty"`
}

// Example is a body.
type Example struct {
	Value any `json:"value"`
}

// Components are what a document refers to.
type Components struct {
	Schemas         map[string]*Schema        `json:"schemas"`
	Messages        map[string]Message        `json:"messages,omitempty"`
	SecuritySchemes map[string]SecurityScheme `json:"securitySchemes,omitempty"`
}

// SecurityScheme is how a call shows who makes it.
type SecurityScheme struct {
	Type        string `json:"type"`
	In          string `json:"in,omitempty"`
	Name        string `json:"name,omitempty"`
	Scheme      string `json:"scheme,omitempty"`
	Description string `json:"description"`
}

// Schema is a JSON Schema of 2020-12.
type Schema struct {
	Ref         string             `json:"$ref,omitempty"`
	Type        Types              `json:"type,omitempty"`
	Format      string             `json:"format,omitempty"`
	Const       string             `json:"const,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	AnyOf       []*Schema          `json:"anyOf,omitempty"`
	Items       *Schema            `json:"items,omitempty"`
	Properties  map[string]*Schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Minimum     json.Number        `json:"minimum,omitempty"`
	Maximum     json.Number        `json:"maximum,omitempty"`
	MinLength   json.Number        `json:"minLength,omitempty"`
	MaxLength   json.Number        `json:"maxLength,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Default     any                `json:"default,omitempty"`
	Description string             `json:"description,omitempty"`
}

// Types are the types that a value may have. One is written without brackets.
type Types []string

// MarshalJSON writes them.
func (t Types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// UnmarshalJSON reads them.
func (t *Types) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		*t = Types{""}
		return json.Unmarshal(b, &(*t)[0])
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// Ref is a reference.
type Ref struct {
	Ref string `json:"$ref"`
}

// Events is an AsyncAPI document, as far as this system needs one.
type Events struct {
	AsyncAPI    string                    `json:"asyncapi"`
	Info        Info                      `json:"info"`
	ContentType string                    `json:"defaultContentType"`
	Channels    map[string]Channel        `json:"channels"`
	Operations  map[string]EventOperation `json:"operations"`
	Components  Components                `json:"components"`
}

// Channel is a subject of the bus.
type Channel struct {
	Address  string         `json:"address"`
	Summary  string         `json:"summary,omitempty"`
	Messages map[string]Ref `json:"messages"`
}

// Message is an event: a CloudEvent and its data.
type Message struct {
	Title   string  `json:"title"`
	Summary string  `json:"summary,omitempty"`
	Payload *Schema `json:"payload"`
}

// EventOperation is a service that sends an event, or a consumer that receives it.
type EventOperation struct {
	Action      string `json:"action"` // send or receive
	Channel     Ref    `json:"channel"`
	Summary     string `json:"summary,omitempty"`
	Description string `json:"description,omitempty"`
	Tags        []Tag  `json:"tags"` // its service
}

package lambda

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// payload is every shape in one, so that what came is decoded once.
type payload struct {
	// HTTP requests of all kinds
	Version                         string              `json:"version"`
	HTTPMethod                      string              `json:"httpMethod"`
	Path                            string              `json:"path"`
	RawPath                         string              `json:"rawPath"`
	RawQueryString                  string              `json:"rawQueryString"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	Cookies                         []string            `json:"cookies"`
	Body                            string              `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
	RequestContext                  requestContext      `json:"requestContext"`
	Type                            string              `json:"type"` // an authorizer's request has one

	batch // from the dispatcher

	Records []record `json:"Records"` // from a queue

	// ticks, and events from EventBridge
	Schedule   string `json:"schedule"`
	DetailType string `json:"detail-type"`
	Detail     detail `json:"detail"`
}

// detail is what EventBridge brings: a CloudEvent of ours, or AWS's own events, which are not.
type detail struct {
	SpecVersion string
	raw         json.RawMessage
}

// UnmarshalJSON keeps the text as it is: it is signed.
func (d *detail) UnmarshalJSON(text []byte) error {
	var e struct {
		SpecVersion string `json:"specversion"`
	}
	_ = json.Unmarshal(text, &e) // what is no object has none
	d.SpecVersion, d.raw = e.SpecVersion, bytes.Clone(text)
	return nil
}

type requestContext struct {
	ELB          *struct{} `json:"elb"`
	ConnectionID string    `json:"connectionId"` // a WebSocket's
	Stage        string    `json:"stage"`
	APIID        string    `json:"apiId"`
	DomainName   string    `json:"domainName"`
	DomainPrefix string    `json:"domainPrefix"`
	Identity     struct {
		SourceIP string `json:"sourceIp"`
	} `json:"identity"`
	HTTP *struct {
		Method   string `json:"method"`
		SourceIP string `json:"sourceIp"`
	} `json:"http"`
}

// shape is what a payload turns out to be.
type shape int

const (
	unknown      shape = iota
	restAPI            // API Gateway's payload format 1.0, of a REST API or an HTTP API
	httpAPI            // API Gateway's payload format 2.0
	functionURL        // the same format, but its path is still escaped
	loadBalancer       // an Application Load Balancer's target
	eventBatch         // batch
	queued             // messages of an SQS queue
	bridged            // an event in EventBridge's envelope
	scheduled          // {"schedule": "name"}, or what EventBridge sends of itself
)

func (p *payload) shape() shape {
	c := &p.RequestContext
	switch {
	case p.Type != "" || c.ConnectionID != "":
		return unknown
	case c.ELB != nil && p.HTTPMethod != "":
		return loadBalancer
	case c.HTTP != nil && strings.Contains(c.DomainName, ".lambda-url."):
		return functionURL
	case c.HTTP != nil:
		return httpAPI
	case p.HTTPMethod != "" && p.Path != "":
		return restAPI
	case p.Events != nil:
		return eventBatch
	case len(p.Records) > 0 && !slices.ContainsFunc(p.Records, func(r record) bool { return r.EventSource != "aws:sqs" }):
		return queued
	case p.Schedule != "" || p.DetailType == "Scheduled Event":
		return scheduled
	case p.DetailType != "" && p.Detail.SpecVersion != "":
		return bridged
	}
	return unknown
}

// isHTTP reports whether a client waits for the answer.
func (p *payload) isHTTP() bool {
	switch p.shape() {
	case restAPI, httpAPI, functionURL, loadBalancer:
		return true
	}
	return false
}

// Package lambdatest plays AWS for tests: its front doors, and the Runtime API that a function's process asks for work.
package lambdatest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/gittix/ticketing/adapters/adaptertest"
)

// Front is one of AWS's front doors: it makes an event of a request, as AWS's documentation and captures of it have it.
type Front struct {
	Event func(adaptertest.Request) (any, error)
	Loss  adaptertest.Loss
	Base  string // what clients see before every path: the stage of an API's own address
}

// Fronts are all front doors, by their names.
var Fronts = map[string]Front{
	"REST API":      {restEvent, adaptertest.Loss{Order: true}, "/prod"},
	"HTTP API":      {httpEvent("prod"), adaptertest.Loss{Lines: true}, "/prod"},
	"function URL":  {urlEvent, adaptertest.Loss{Lines: true}, ""},
	"load balancer": {balancerEvent, adaptertest.Loss{Order: true}, ""},
}

const (
	clientIP  = "203.0.113.7"
	apiDomain = "abc123.execute-api.eu-central-1.amazonaws.com"
)

// sent returns the headers as AWS passes them on, by lower-case name, with its own.
func sent(r adaptertest.Request) map[string][]string {
	h := map[string][]string{"host": {adaptertest.Host}, "x-forwarded-for": {clientIP}, "x-forwarded-proto": {"https"}, "x-forwarded-port": {"443"}}
	for name, values := range r.Header {
		for _, v := range values {
			h[strings.ToLower(name)] = append(h[strings.ToLower(name)], strings.Trim(v, " \t"))
		}
	}
	if len(r.Body) > 0 {
		h["content-length"] = []string{fmt.Sprint(len(r.Body))}
	}
	return h
}

func body(r adaptertest.Request) (string, bool) {
	if utf8.Valid(r.Body) {
		return string(r.Body), false
	}
	return base64.StdEncoding.EncodeToString(r.Body), true
}

func last(values map[string][]string) map[string]string {
	single := map[string]string{}
	for name, v := range values {
		single[name] = v[len(v)-1]
	}
	return single
}

// restEvent keeps escapes in the path, and decodes the query.
func restEvent(r adaptertest.Request) (any, error) {
	path, raw, _ := strings.Cut(r.Target, "?")
	query, err := url.ParseQuery(raw)
	e := events.APIGatewayProxyRequest{
		Resource: "/{proxy+}", Path: path, HTTPMethod: r.Method, Headers: last(sent(r)), MultiValueHeaders: sent(r),
		MultiValueQueryStringParameters: query, QueryStringParameters: last(query),
		RequestContext: events.APIGatewayProxyRequestContext{Stage: "prod", DomainName: apiDomain, DomainPrefix: "abc123", APIID: "abc123",
			HTTPMethod: r.Method, Path: "/prod" + path, Identity: events.APIGatewayRequestIdentity{SourceIP: clientIP}},
	}
	e.Body, e.IsBase64Encoded = body(r)
	return e, err
}

// httpEvent is an HTTP API's: it decodes the path, joins headers, takes cookies apart, and has the stage in the path, unless it is
// the default one.
func httpEvent(stage string) func(adaptertest.Request) (any, error) {
	return func(r adaptertest.Request) (any, error) {
		e := format2(r, apiDomain)
		path, err := url.PathUnescape(e.RawPath)
		if err != nil { // no path: as far as is known, it is passed on as it stands
			path = e.RawPath
		}
		if e.RequestContext.Stage = stage; stage != "$default" {
			path = "/" + stage + path
		}
		e.RawPath = path
		return e, nil
	}
}

// urlEvent is like an HTTP API's, but keeps escapes.
func urlEvent(r adaptertest.Request) (any, error) {
	return format2(r, "abc123.lambda-url.eu-central-1.on.aws"), nil
}

func format2(r adaptertest.Request, domain string) events.APIGatewayV2HTTPRequest {
	path, query, _ := strings.Cut(r.Target, "?")
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "$default", RawPath: path, RawQueryString: query, Headers: map[string]string{},
		RequestContext: events.APIGatewayV2HTTPRequestContext{DomainName: domain, DomainPrefix: "abc123", APIID: "abc123",
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: r.Method, Path: path, Protocol: "HTTP/1.1", SourceIP: clientIP}},
	}
	for name, values := range sent(r) {
		e.Headers[name] = strings.Join(values, ",")
	}
	for _, line := range sent(r)["cookie"] {
		e.Cookies = append(e.Cookies, strings.Split(line, "; ")...)
	}
	delete(e.Headers, "cookie")
	e.Body, e.IsBase64Encoded = body(r)
	return e
}

// balancerEvent decodes nothing.
func balancerEvent(r adaptertest.Request) (any, error) {
	path, raw, _ := strings.Cut(r.Target, "?")
	query := map[string][]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		if name, value, _ := strings.Cut(pair, "="); pair != "" {
			query[name] = append(query[name], value)
		}
	}
	e := events.ALBTargetGroupRequest{HTTPMethod: r.Method, Path: path, MultiValueQueryStringParameters: query, MultiValueHeaders: sent(r),
		RequestContext: events.ALBTargetGroupRequestContext{ELB: events.ELBContext{TargetGroupArn: "arn:aws:elasticloadbalancing:…"}}}
	e.Body, e.IsBase64Encoded = body(r)
	return e, nil
}

// Answered is what a client gets of what a function returned. The front doors take the same fields, except for cookies,
// which are of format 2.0, and several values of a header, which are not.
func Answered(data []byte) (adaptertest.Answer, error) {
	var e struct {
		StatusCode        int
		Headers           map[string]string
		MultiValueHeaders map[string][]string
		Cookies           []string
		Body              string
		IsBase64Encoded   bool
	}
	err := json.Unmarshal(data, &e)
	a := adaptertest.Answer{Status: e.StatusCode, Header: http.Header{}, Body: []byte(e.Body)}
	if e.IsBase64Encoded && err == nil {
		a.Body, err = base64.StdEncoding.DecodeString(e.Body)
	}
	for name, value := range e.Headers {
		a.Header.Add(name, value)
	}
	for name, values := range e.MultiValueHeaders {
		for _, v := range values {
			a.Header.Add(name, v)
		}
	}
	for _, c := range e.Cookies {
		a.Header.Add("Set-Cookie", c)
	}
	if a.Status == 0 && err == nil {
		err = errors.New("no status")
	}
	return a, err
}

package lambda

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

// front is one of AWS's front doors: it makes an event of a request, as AWS's documentation and captures of
// it have it, and an answer of what the function returns.
type front func(adaptertest.Request) (event any, err error)

const (
	clientIP  = "203.0.113.7"
	apiDomain = "abc123.execute-api.eu-central-1.amazonaws.com"
)

var fronts = map[string]front{"REST API": frontREST, "HTTP API": frontHTTP, "function URL": frontURL, "load balancer": frontALB}

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

// frontREST keeps escapes in the path, and decodes the query.
func frontREST(r adaptertest.Request) (any, error) {
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

// frontHTTP decodes the path, keeps the query, joins headers, takes cookies apart, and its own domain has the stage in the path.
func frontHTTP(r adaptertest.Request) (any, error) {
	path, raw, _ := strings.Cut(r.Target, "?")
	path, err := url.PathUnescape(path)
	headers, cookies := joined(r)
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "$default", RawPath: "/prod" + path, RawQueryString: raw, Cookies: cookies, Headers: headers,
		RequestContext: events.APIGatewayV2HTTPRequestContext{Stage: "prod", DomainName: apiDomain, DomainPrefix: "abc123", APIID: "abc123",
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: r.Method, Path: "/prod" + path, Protocol: "HTTP/1.1", SourceIP: clientIP}},
	}
	e.Body, e.IsBase64Encoded = body(r)
	return e, err
}

// frontURL is like an HTTP API, but keeps escapes.
func frontURL(r adaptertest.Request) (any, error) {
	path, raw, _ := strings.Cut(r.Target, "?")
	headers, cookies := joined(r)
	e := events.LambdaFunctionURLRequest{
		Version: "2.0", RawPath: path, RawQueryString: raw, Cookies: cookies, Headers: headers,
		RequestContext: events.LambdaFunctionURLRequestContext{DomainName: "xyz.lambda-url.eu-central-1.on.aws", DomainPrefix: "xyz", APIID: "xyz",
			HTTP: events.LambdaFunctionURLRequestContextHTTPDescription{Method: r.Method, Path: path, Protocol: "HTTP/1.1", SourceIP: clientIP}},
	}
	e.Body, e.IsBase64Encoded = body(r)
	return e, nil
}

func joined(r adaptertest.Request) (headers map[string]string, cookies []string) {
	headers = map[string]string{}
	for name, values := range sent(r) {
		headers[name] = strings.Join(values, ",")
	}
	for _, line := range sent(r)["cookie"] {
		cookies = append(cookies, strings.Split(line, "; ")...)
	}
	delete(headers, "cookie")
	return headers, cookies
}

// frontALB decodes nothing.
func frontALB(r adaptertest.Request) (any, error) {
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

// answered is what a client gets of what a function returned. The front doors take the same fields, except
// that cookies are a format 2.0 matter, and several values of a header no matter of it.
func answered(data []byte) (adaptertest.Answer, error) {
	var e struct {
		StatusCode        int
		Headers           map[string]string
		MultiValueHeaders map[string][]string
		Cookies           []string
		Body              string
		IsBase64Encoded   bool
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return adaptertest.Answer{}, err
	}
	a := adaptertest.Answer{Status: e.StatusCode, Header: http.Header{}, Body: []byte(e.Body)}
	if e.IsBase64Encoded {
		var err error
		if a.Body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return a, err
		}
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
	if a.Status == 0 {
		return a, errors.New("no status")
	}
	return a, nil
}

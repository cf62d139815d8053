package adaptertest

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// seen is everything that a handler can see of a request.
type seen struct {
	Method, Proto, Host                       string
	RequestURI, Path, EscapedPath, RawQuery   string
	Rest                                      string // what the pattern's {rest...} matched
	URLScheme, URLHost                        string
	Query                                     url.Values
	Header                                    http.Header
	Cookies                                   []string
	ContentLength                             int64
	TransferEncoding                          []string
	Body                                      []byte
	Close, ForceQuery, HasRemote, HasDeadline bool
	Trace                                     string // of the request, if it came with one
}

func look(r *http.Request) (seen, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return seen{}, err
	}
	s := seen{
		Method: r.Method, Proto: r.Proto, Host: r.Host, RequestURI: r.RequestURI, Path: r.URL.Path,
		EscapedPath: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery, Rest: r.PathValue("rest"),
		URLScheme: r.URL.Scheme, URLHost: r.URL.Host, Query: r.URL.Query(), Header: r.Header,
		ContentLength: r.ContentLength, TransferEncoding: r.TransferEncoding, Body: body, Close: r.Close,
	}
	for _, c := range r.Cookies() {
		s.Cookies = append(s.Cookies, c.String())
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		_, err = netip.ParseAddr(host)
		s.HasRemote = err == nil
	}
	_, s.HasDeadline = r.Context().Deadline()
	if r.Header.Get("Traceparent") != "" {
		s.Trace = trace.SpanContextFromContext(r.Context()).TraceID().String()
	}
	return s, nil
}

// added are headers that front doors put in.
var added = []string{"X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via", "X-Amzn-Trace-Id"}

// after returns s as it would be after the platform's losses. A lone question mark at the end is lost on all.
func (s seen) after(loss Loss) seen {
	s.RequestURI = strings.TrimSuffix(s.RequestURI, "?")
	for _, name := range added {
		s.Header.Del(name)
	}
	if s.Header.Get("Content-Length") == "0" {
		s.Header.Del("Content-Length") // some do not pass that on
	}
	path, query, _ := strings.Cut(s.RequestURI, "?")
	if loss.Order {
		s.RawQuery, query = "", ""
	}
	s.RequestURI = path + "?" + query
	if loss.Lines {
		s.Header = oneLine(s.Header)
	}
	return s
}

// oneLine joins a header's lines.
func oneLine(h http.Header) http.Header {
	joined := http.Header{}
	for name, values := range h {
		switch name {
		case "Cookie":
			joined.Set(name, strings.Join(values, "; "))
		case "Set-Cookie":
			joined[name] = values
		default:
			joined.Set(name, strings.ReplaceAll(strings.Join(values, ","), ", ", ","))
		}
	}
	return joined
}

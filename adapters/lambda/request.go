package lambda

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gittix/ticketing/shared/function"
)

var errBadRequest = errors.New("lambda: no HTTP request can say this")

// request writes the request as its client sent it, and net/http parses that: so every field is as net/http makes
// it, from RequestURI to the joined cookies. The adapters of aws-lambda-go-api-proxy make a
// client's request instead, and lose what does not fit it.
func (p *payload) request() (*http.Request, error) {
	body, size, err := p.body()
	if err != nil {
		return nil, err
	}
	var head bytes.Buffer
	if err := p.writeHead(&head, p.target(), size); err != nil {
		return nil, err
	}
	req, err := http.ReadRequest(bufio.NewReader(io.MultiReader(&head, body)))
	if err != nil {
		return nil, err
	}
	req.RemoteAddr = p.remoteAddr(req.Header)
	return req, nil
}

func (p *payload) body() (io.Reader, int, error) {
	if !p.IsBase64Encoded {
		return strings.NewReader(p.Body), len(p.Body), nil
	}
	b, err := base64.StdEncoding.DecodeString(p.Body)
	return bytes.NewReader(b), len(b), err
}

func (p *payload) writeHead(w *bytes.Buffer, target string, size int) error {
	method := p.HTTPMethod
	if p.RequestContext.HTTP != nil {
		method = p.RequestContext.HTTP.Method
	}
	if strings.ContainsFunc(target, func(c rune) bool { return c <= ' ' || c == 0x7f }) || strings.ContainsAny(method, " \r\n") {
		return errBadRequest
	}
	w.WriteString(method + " " + target + " HTTP/1.1\r\n")
	header := p.header()
	if _, given := header["Content-Length"]; given || size > 0 {
		header["Content-Length"] = []string{strconv.Itoa(size)}
	}
	delete(header, "Transfer-Encoding") // the body came in one piece
	if len(header["Host"]) == 0 {
		header["Host"] = []string{p.RequestContext.DomainName}
	}
	for name, values := range header {
		if !isToken(name) {
			return errBadRequest
		}
		for _, value := range values {
			if strings.ContainsAny(value, "\r\n\x00") {
				return errBadRequest
			}
			w.WriteString(name + ": " + value + "\r\n")
		}
	}
	w.WriteString("\r\n")
	return nil
}

// header returns the headers by their canonical names. A value with commas stays one: it may
// be a list or a date.
func (p *payload) header() http.Header {
	values := p.MultiValueHeaders
	if values == nil {
		values = single(p.Headers)
	}
	header := make(http.Header, len(values)+2)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		key := textproto.CanonicalMIMEHeaderKey(name)
		header[key] = append(header[key], values[name]...)
	}
	if len(p.Cookies) > 0 {
		header["Cookie"] = []string{strings.Join(p.Cookies, "; ")}
	}
	return header
}

// target returns what stood between the method and the protocol, less the stage of an API's own address.
func (p *payload) target() string {
	var path, query string
	switch stage := p.RequestContext.stagePath(); p.shape() {
	case functionURL:
		path, query = p.RawPath, p.RawQueryString
	case httpAPI:
		path, query = escape(without(p.RawPath, stage)), p.RawQueryString
	case loadBalancer:
		path, query = p.Path, rawQuery(p.query()) // it unescapes neither
	default:
		if path = p.Path; p.Version == "1.0" { // an HTTP API that speaks like a REST API
			path = escape(without(path, stage))
		}
		query = p.query().Encode()
	}
	if path == "" {
		path = "/"
	}
	if query != "" {
		return path + "?" + query
	}
	return path
}

// mounted returns a request to an API's own address, and not to a custom domain, as one that has come below the stage: that stands
// before every path there, and BASE_PATH need not. The site calls the services by such an address. Behind another host that passes
// BASE_PATH on, it is BASE_PATH that browsers see.
func (p *payload) mounted(r *http.Request, base function.BasePath) *http.Request {
	if c := &p.RequestContext; c.APIID == "" || c.DomainPrefix != c.APIID || p.shape() == functionURL {
		return r
	}
	if _, below := base.Cut(r.URL.Path); below && base != "" {
		return r
	}
	return r.WithContext(function.MountedAt(r.Context(), function.BasePath(p.RequestContext.stagePath())))
}

// stagePath is what an API's own address, other than a custom domain, has before every path. A REST API takes it away itself.
func (c *requestContext) stagePath() string {
	if c.Stage == "" || c.Stage == "$default" || c.DomainPrefix != c.APIID {
		return ""
	}
	return "/" + c.Stage
}

// without returns path less a prefix of whole segments, and never empty.
func without(path, prefix string) string {
	if rest, ok := strings.CutPrefix(path, prefix); ok && (rest == "" || rest[0] == '/') {
		path = rest
	}
	if path == "" {
		return "/"
	}
	return path
}

// escape undoes what an HTTP API, and no other, does to paths. That "%2F" was no slash is beyond recall: it is one everywhere.
func escape(path string) string { return (&url.URL{Path: path}).EscapedPath() }

func (p *payload) query() url.Values {
	if p.MultiValueQueryStringParameters != nil {
		return p.MultiValueQueryStringParameters
	}
	return single(p.QueryStringParameters)
}

func single(values map[string]string) map[string][]string {
	lists := make(map[string][]string, len(values))
	for name, value := range values {
		lists[name] = []string{value}
	}
	return lists
}

// rawQuery joins names and values that are still escaped.
func rawQuery(query url.Values) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, value := range query[name] {
			pairs = append(pairs, name+"="+value)
		}
	}
	return strings.Join(pairs, "&")
}

// remoteAddr returns the client's address in net/http's form; its port is known to AWS alone. A load balancer
// gives it only as the last of X-Forwarded-For.
func (p *payload) remoteAddr(header http.Header) string {
	ip := p.RequestContext.Identity.SourceIP
	if p.RequestContext.HTTP != nil {
		ip = p.RequestContext.HTTP.SourceIP
	}
	if hops := header.Values("X-Forwarded-For"); p.RequestContext.ELB != nil && len(hops) > 0 {
		last := hops[len(hops)-1]
		ip = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		if _, _, err := net.SplitHostPort(ip); err == nil {
			return ip // the balancer was told to add the port
		}
	}
	return net.JoinHostPort(strings.Trim(ip, "[]"), "0")
}

// isToken reports whether a header may have that name.
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}

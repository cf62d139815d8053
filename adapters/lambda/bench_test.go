package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// hello reads a request and answers it, at as little cost as can be.
func hello(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"message":"Order created.","order":{"id":1}}`))
}

var sizes = map[string][]byte{"small": []byte(`{"ticketId":1}`), "1MiB": []byte(strings.Repeat("ticket, ", 1<<17))}

func usual(body []byte) adaptertest.Request {
	return adaptertest.Request{Method: http.MethodPost, Target: "/orders?a=1&b=2", Body: body, Header: http.Header{
		"Content-Type": {"application/json"}, "Cookie": {"session=" + strings.Repeat("x", 300) + "; theme=dark"},
		"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"}, "Accept": {"text/html,application/json;q=0.9"}}}
}

// BenchmarkNetHTTP is one request over a kept connection on the loopback interface.
func BenchmarkNetHTTP(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(hello))
	b.Cleanup(server.Close)
	for size, body := range sizes {
		b.Run(size, func(b *testing.B) {
			r := usual(body)
			for b.Loop() {
				req, err := http.NewRequestWithContext(b.Context(), r.Method, server.URL+r.Target, bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				req.Header = r.Header
				resp, err := server.Client().Do(req)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
}

// BenchmarkAdapter is one event, from its JSON to the answer's; ours and the library's as it comes.
func BenchmarkAdapter(b *testing.B) {
	ours := open(b, function.Service{Name: "hello"}, config.Values{})
	ours.handler = http.HandlerFunc(hello) // without the runner, which the library has not either
	theirs := map[string]func(context.Context, []byte) ([]byte, error){
		"REST API": through(httpadapter.New(ours.handler).ProxyWithContext),
		"HTTP API": through(httpadapter.NewV2(ours.handler).ProxyWithContext),
		"function URL": through(func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
			return httpadapter.NewV2(ours.handler).ProxyWithContext(ctx, e)
		}),
		"load balancer": through(httpadapter.NewALB(ours.handler).ProxyWithContext),
	}
	for name, f := range fronts {
		for size, body := range sizes {
			event, err := f(usual(body))
			if err != nil {
				b.Fatal(err)
			}
			data, err := json.Marshal(event)
			if err != nil {
				b.Fatal(err)
			}
			for whose, invoke := range map[string]func(context.Context, []byte) ([]byte, error){"ours": ours.Invoke, "library": theirs[name]} {
				b.Run(strings.ReplaceAll(name, " ", "")+"/"+size+"/"+whose, func(b *testing.B) {
					b.ReportAllocs()
					ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
					defer cancel()
					for b.Loop() {
						if _, err := invoke(ctx, data); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// through is what aws-lambda-go does around a typed handler.
func through[In, Out any](proxy func(context.Context, In) (Out, error)) func(context.Context, []byte) ([]byte, error) {
	return func(ctx context.Context, data []byte) ([]byte, error) {
		var in In
		if err := json.Unmarshal(data, &in); err != nil {
			return nil, err
		}
		out, err := proxy(ctx, in)
		if err != nil {
			return nil, err
		}
		return json.Marshal(out)
	}
}

// BenchmarkColdStart is a process from its start until it asks for work: Lambda's init.
func BenchmarkColdStart(b *testing.B) {
	environment := config.Values{"JWT_SECRET": strings.Repeat("x", 32), "PASSWORD_PEPPER": "x", "STRIPE_SECRET_KEY": "sk_test_x",
		"DATABASE_URL": "postgres://127.0.0.1:1/nowhere", "REDIS_URL": "redis://127.0.0.1:1"}
	for _, service := range []string{"auth", "tickets", "orders", "payments", "expiration"} {
		b.Run(service, func(b *testing.B) {
			program := bootstrap(b, service)
			for b.Loop() {
				p := run(b, program, environment)
				<-p.ready
				b.StopTimer()
				if err := p.cmd.Process.Kill(); err != nil {
					b.Fatal(err)
				}
				p.wait()
				b.StartTimer()
			}
		})
	}
}

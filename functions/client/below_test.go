package client

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

// attribute is one whose value is a path, or begins with one.
var attribute = regexp.MustCompile(`([a-z-]+)="(/[^"]*)"`)

// TestBelowAPath: a site that browsers see below a path leads nowhere but below it, from pages, forms, scripts and redirects; what
// people wrote, and fields of forms, stay as they are.
func TestBelowAPath(t *testing.T) {
	t.Parallel()
	const trick = ` href="/x" <a href="/x">`
	titled := ticketThat(func(t *event.Ticket) { t.Title, t.UserID = trick, 2 })
	own := order7
	own.Ticket.Title = trick
	service, services := openSite(t, answers{
		"GET /api/tickets/7": titled, "GET /api/orders/7": own, payment: nothingPaid,
		"GET /api/tickets": more("/api/tickets?after=3", []event.Ticket{titled}), "GET /api/orders": more("/api/orders?after=7", []event.Order{own}),
	}, nil)
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	runner := function.Runner{Log: slog.New(slog.DiscardHandler), Metrics: metrics, Tracer: noop.NewTracerProvider().Tracer(""),
		Timeout: time.Minute, Secure: true, Mount: function.Mount{Path: "/shop"}}
	server := httptest.NewServer(runner.Handler(service))
	t.Cleanup(server.Close)
	guest := visitor{t: t, url: server.URL + "/shop", services: services}
	seen := 0
	for _, e := range service.Endpoints {
		for _, v := range []visitor{guest, guest.as(2)} {
			s := v.open(e)
			if to := s.Header.Get("Location"); to != "" && !strings.HasPrefix(to, "/shop/") {
				t.Errorf("%s leads to %s", e.Name, to)
			}
			if !strings.HasPrefix(s.Header.Get("Content-Type"), "text/html") || s.Header.Get("Location") != "" {
				continue
			}
			for _, a := range attribute.FindAllStringSubmatch(s.body, -1) {
				if seen++; a[1] != "value" && !strings.HasPrefix(a[2], "/shop/") {
					t.Errorf("%s: %s", e.Name, a[0])
				}
				if a[1] == "value" && strings.HasPrefix(a[2], "/shop") {
					t.Errorf("%s: %s leads to /shop/shop", e.Name, a[0])
				}
			}
			if strings.Contains(s.body, "/shop/x") {
				t.Errorf("%s: a seller leads astray: %s", e.Name, s.body)
			}
		}
	}
	if seen < 200 {
		t.Errorf("looked at %d addresses only", seen)
	}
	guest.url = server.URL
	guest.ask("GET /orders", nil).is(http.StatusNotFound)
	guest.url = server.URL + "/shop"
	guest.ask("GET /api/openapi.json", nil).is(200, `"url": "/shop"`)
}

package function_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Greeting is a request that checks itself.
type Greeting struct {
	Name function.LooseString `json:"name"`
}

func (g *Greeting) Validate() error {
	if g.Name == "" {
		return apierror.New(http.StatusBadRequest, "Invalid name.")
	}
	return nil
}

// Reply is what the greeted get.
type Reply struct {
	Message string `json:"message"`
}

// A service is a list of handlers that know nothing of where they run.
func Example() {
	service := function.Service{
		Name: "greetings",
		Endpoints: []function.Endpoint{
			function.Create("greet", "/api/greetings", func(_ context.Context, g Greeting) (Reply, error) {
				return Reply{"Hello, " + string(g.Name) + "!"}, nil
			}),
		},
		Consumers: []function.Consumer{
			function.On("welcome", func(_ context.Context, t event.Ticket) error {
				fmt.Println("welcome,", t.Title)
				return nil
			}, event.TicketCreated),
		},
		Schedules: []function.Schedule{
			function.Every("yawn", time.Minute, func(context.Context) error { fmt.Println("yawn"); return nil }),
		},
	}

	// What an adapter does with it.
	metrics, _ := telemetry.NewMetrics(prometheus.NewRegistry())
	runner := function.Runner{
		Log: slog.New(slog.DiscardHandler), Metrics: metrics, Tracer: noop.NewTracerProvider().Tracer("greetings"), Timeout: time.Second,
	}
	handler := runner.Handler(service)
	for _, body := range []string{`{"name":"Ada"}`, `{}`} {
		r := httptest.NewRequest("POST", "/api/greetings", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Print(w.Code, " ", w.Body)
	}
	service.Sign(event.Signatures{Keys: map[string][]string{"tickets": {"a key that tickets signs its events with"}}})
	draft := event.Draft{Type: "tickets.created", Subject: "ticket/1", Data: []byte(`{"id":1,"title":"Opera","price":12.5,"userId":1}`)}
	_ = service.Signatures.Sign(&draft)
	message, _ := json.Marshal(draft.At(1, time.Now()))
	fmt.Println(runner.Consume(context.Background(), service, service.Consumers[0], message))
	fmt.Println(runner.Tick(context.Background(), service, service.Schedules[0]))

	// Output:
	// 201 {"message":"Hello, Ada!"}
	// 400 {"message":"Invalid name.","code":"invalid_name"}
	// welcome, Opera
	// <nil>
	// yawn
	// <nil>
}

package dispatcher

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
	"github.com/gittix/ticketing/shared/event"
)

func TestMain(m *testing.M) {
	for name, value := range map[string]string{ // where the AWS SDK looks for them
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	pgtest.Main(m)
}

const patience = time.Minute

// onEvery runs a test with each broker and each kind of target.
func onEvery(t *testing.T, test func(t *testing.T, busURL string, to func(*audience) config.Values)) {
	t.Parallel()
	for broker, start := range map[string]func(*testing.T) string{"stan": newStan, "jetstream": newJetStream} {
		for kind, to := range map[string]func(*audience) config.Values{"lambda": toLambda, "http": toHTTP} {
			t.Run(broker+" to "+kind, func(t *testing.T) {
				t.Parallel()
				test(t, start(t), to)
			})
		}
	}
}

func newStan(t *testing.T) string {
	t.Helper()
	server, err := stanserver.Start(stanserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server.URL()
}

func newJetStream(t *testing.T) string {
	t.Helper()
	server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server.URL()
}

func toLambda(a *audience) config.Values {
	return config.Values{"DISPATCH_TARGET": "lambda:ticketing-{consumer}", "AWS_ENDPOINT_URL_LAMBDA": a.server.URL}
}

func toHTTP(a *audience) config.Values {
	return config.Values{"DISPATCH_TARGET": a.server.URL + "/events/{consumer}"}
}

func settings(t *testing.T, values config.Values) Settings {
	t.Helper()
	s, err := config.Parse[Settings](config.Values{
		"PORT": "0", "METRICS_PORT": "0", "BUS_ACK_WAIT": "1s", "BUS_MAX_DELIVERIES": "2",
	}.With(values))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// started runs a dispatcher; the test stops it, or else it is stopped at the end.
func started(t *testing.T, busURL string, values config.Values) *process.Host {
	t.Helper()
	p, err := open(t.Context(), settings(t, values.With(config.Values{"BUS_URL": busURL})), slog.New(slog.DiscardHandler))
	if err == nil {
		err = p.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.Stopping() {
			stopped(t, p)
		}
	})
	return p
}

func stopped(t *testing.T, p *process.Host) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func newBus(t *testing.T, url string) *bus.Bus {
	t.Helper()
	b, err := busurl.Open(url, "tester", bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

// publish puts messages on the bus.
func publish(t *testing.T, b *bus.Bus, subject string, messages ...[]byte) {
	t.Helper()
	for _, m := range messages {
		eventually(t, func() error { return b.Publish(t.Context(), subject, m) })
	}
}

// ticket is what tickets.created says of a ticket.
func ticket(t *testing.T, id int32) []byte {
	t.Helper()
	return ticketIs(t, event.TicketCreated, id)
}

// ticketIs is an event about a ticket, whose id is its own too.
func ticketIs(t *testing.T, what event.Type[event.Ticket], id int32) []byte {
	t.Helper()
	draft, err := event.Of(t.Context(), what, event.Ticket{ID: id, UserID: 1, Title: "Zoë's \"100%\"", Price: 100})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(draft.At(fmt.Sprint(id), int64(id), time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// eventually waits until ready returns nil.
func eventually(t *testing.T, ready func() error) {
	t.Helper()
	if err := shopper.Await(t.Context(), patience, func(context.Context) error { return ready() }); err != nil {
		t.Fatal(err)
	}
}

// equals waits until a number is that.
func equals(t *testing.T, what string, want int, number func() int) {
	t.Helper()
	eventually(t, func() error {
		if got := number(); got != want {
			return fmt.Errorf("%s: %d, want %d", what, got, want)
		}
		return nil
	})
}

// get reads a page.
func get(ctx context.Context, url string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

// shows waits until the metrics hold a line.
func shows(t *testing.T, p *process.Host, line string) {
	t.Helper()
	series, value, _ := strings.Cut(line, " ")
	eventually(t, func() error {
		if got := measured(t, p, series); fmt.Sprint(got) != value {
			return fmt.Errorf("%s is %v, not %s", series, got, value)
		}
		return nil
	})
}

// reaches waits until one of the metrics is at least that. Under load an event may come twice, after all.
func reaches(t *testing.T, p *process.Host, series string, least float64) {
	t.Helper()
	eventually(t, func() error {
		if got := measured(t, p, series); got < least {
			return fmt.Errorf("%s is %v, not %v yet", series, got, least)
		}
		return nil
	})
}

// deliveries is a series of the consumer that the tests speak to.
func deliveries(outcome string) string {
	return `ticketing_dispatch_deliveries_total{consumer="copy-ticket",outcome="` + outcome + `"}`
}

// measured reads one of the metrics; 0 if it is not there yet.
func measured(t *testing.T, p *process.Host, series string) float64 {
	t.Helper()
	_, page, err := get(t.Context(), p.MetricsURL+"/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(page) {
		if text, ok := strings.CutPrefix(line, series+" "); ok {
			value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
	}
	return 0
}

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

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// credentials are what the AWS SDK reads from the environment.
var credentials = config.Values{
	"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test",
	"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
}

func TestMain(m *testing.M) {
	for name, value := range credentials {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	pgtest.Main(m)
}

const timeout = time.Minute

// onEvery runs a test with each broker and each kind of target.
func onEvery(t *testing.T, test func(t *testing.T, busURL string, to func(*receiver) config.Values)) {
	t.Parallel()
	for broker, start := range map[string]func(*testing.T) string{"stan": newStan, "jetstream": newJetStream} {
		for kind, to := range map[string]func(*receiver) config.Values{"lambda": toLambda, "http": toHTTP} {
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

func toLambda(r *receiver) config.Values {
	return config.Values{"DISPATCH_TARGET": "lambda:ticketing-{consumer}", "AWS_ENDPOINT_URL_LAMBDA": r.server.URL}
}

func toHTTP(r *receiver) config.Values {
	return config.Values{"DISPATCH_TARGET": r.server.URL + "/events/{consumer}"}
}

// started runs a dispatcher until the end of the test, if the test does not stop it.
func started(t *testing.T, busURL string, values config.Values) *process.Host {
	t.Helper()
	settings, err := config.Parse[Settings](config.Values{
		"PORT": "0", "METRICS_PORT": "0", "BUS_ACK_WAIT": "1s", "BUS_MAX_DELIVERIES": "2", "BUS_URL": busURL,
	}.With(values))
	if err != nil {
		t.Fatal(err)
	}
	host, err := open(t.Context(), settings, slog.New(slog.DiscardHandler))
	return adaptertest.Started(t, host, err)
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

// ticket is an event about a ticket; both have the id.
func ticket(t *testing.T, what event.Type[event.Ticket], id int32) []byte {
	t.Helper()
	b, err := json.Marshal(functiontest.EventWithID(t, fmt.Sprint(id), what, event.Ticket{ID: id, UserID: 1, Title: "Zoë's \"100%\"", Price: 100}))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// eventually waits until ready returns nil.
func eventually(t *testing.T, ready func() error) {
	t.Helper()
	if err := adaptertest.Await(t.Context(), timeout, func(context.Context) error { return ready() }); err != nil {
		t.Fatal(err)
	}
}

// equals waits until a number is that.
func equals[N int | float64](t *testing.T, what string, want N, number func() N) {
	t.Helper()
	eventually(t, func() error {
		if got := number(); got != want {
			return fmt.Errorf("%s: %v, want %v", what, got, want)
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

// metric reads one series; 0 if it is not there yet.
func metric(t *testing.T, host *process.Host, series string) (value float64) {
	t.Helper()
	_, page, err := get(t.Context(), host.MetricsURL+"/metrics")
	if _, rest, ok := strings.Cut(page, "\n"+series+" "); ok && err == nil {
		value, err = strconv.ParseFloat(rest[:strings.Index(rest, "\n")], 64)
	}
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// shows waits until a series has a value.
func shows(t *testing.T, host *process.Host, series string, want float64) {
	t.Helper()
	equals(t, series, want, func() float64 { return metric(t, host, series) })
}

// reaches waits until a series has at least a value. Under load an event may come twice, after all.
func reaches(t *testing.T, host *process.Host, series string, least float64) {
	t.Helper()
	equals(t, series, least, func() float64 { return min(least, metric(t, host, series)) })
}

// deliveries is a series of the consumer that the tests use.
func deliveries(outcome string) string {
	return `ticketing_dispatch_deliveries_total{consumer="copy-ticket",outcome="` + outcome + `"}`
}

package town_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"syscall"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/program"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
)

// dispatch starts NATS Streaming, and the dispatcher, which is never at zero.
func (tw *town) dispatch(t *testing.T, path string, values config.Values) {
	t.Helper()
	stan, err := stanserver.Start(stanserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stan.Stop)
	tw.busURL = stan.URL()
	cmd := exec.Command(path) //nolint:noctx // it is stopped by signals
	cmd.Env = program.Environment()
	for name, value := range values.With(config.Values{
		"BUS_URL": tw.busURL, "BUS_ACK_WAIT": "3s", "BUS_MAX_DELIVERIES": "2", "PORT": "0", "METRICS_PORT": "0",
	}) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	process, err := program.Start(cmd, syscall.SIGKILL, "", tw.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := process.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL); err != nil {
			t.Error(err)
		} else if err := process.Err(); err != nil {
			t.Error(err)
		}
	})
}

// straight has the dispatcher bring every event to its consumer's service.
func straight(_ *testing.T, tw *town) config.Values {
	return config.Values{"DISPATCH_TARGET": tw.inside + "/{service}/events/{consumer}"}
}

// throughBroker has it bring every event to a Broker, as a SinkBinding does, and that to the consumers by
// their Triggers.
func throughBroker(t *testing.T, tw *town) config.Values {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	tw.broker = &broker{client: &http.Client{Transport: transport}, log: tw.log, triggers: triggers(t, tw.inside)}
	server := httptest.NewServer(tw.broker)
	t.Cleanup(func() { server.Close(); transport.CloseIdleConnections() })
	return config.Values{"DISPATCH_TARGET": "$K_SINK", "K_SINK": server.URL + "/ticketing/default", "K_CE_OVERRIDES": `{"extensions":{"town":"here"}}`}
}

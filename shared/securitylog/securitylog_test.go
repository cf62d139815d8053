package securitylog_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/telemetry"
)

func TestNote(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	count := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "events"}, []string{"event"})
	ctx := securitylog.NewContext(t.Context(), securitylog.Log{Logger: telemetry.NewLogger(&out, nil, false), Count: count})
	for event, level := range map[securitylog.Event]string{securitylog.SignedIn: "INFO", securitylog.SignInFailed: "WARN"} {
		out.Reset()
		securitylog.Note(ctx, event, securitylog.User(7), securitylog.Network(netip.MustParseAddr("203.0.113.9")))
		var line map[string]any
		if err := json.Unmarshal([]byte(out.String()), &line); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]any{"msg": "security", "level": level, "event": string(event), "user": 7.0, "network": "203.0.113.0/24"} {
			if line[name] != want {
				t.Errorf("%s: %s is %v, want %v", event, name, line[name], want)
			}
		}
		if n := testutil.ToFloat64(count.WithLabelValues(string(event))); n != 1 {
			t.Errorf("%s counted %v times", event, n)
		}
	}
	securitylog.Note(context.Background(), securitylog.SignedIn) // has nowhere to go
}

func TestNetworkMasksTheClient(t *testing.T) {
	t.Parallel()
	for client, want := range map[netip.Addr]string{
		netip.MustParseAddr("::ffff:203.0.113.9"):       "203.0.113.0/24",
		netip.MustParseAddr("2001:db8:1:2:3:4:5:6%eth"): "2001:db8:1::/48",
		{}: "unknown",
	} {
		if got := securitylog.Network(client).Value.String(); got != want {
			t.Errorf("%s: %s, want %s", client, got, want)
		}
	}
}

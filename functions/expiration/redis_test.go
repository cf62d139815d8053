package expiration

import (
	"context"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
)

// What passes by itself is tried for ever; what Redis refuses for its own sake is not.
func TestTemporaryErrors(t *testing.T) {
	t.Parallel()
	a := agenda{connect(t, redistest.Server(t).URL())}
	if err := a.client.Set(t.Context(), wakeKey, "not a sorted set", 0).Err(); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	stranger := agenda{connect(t, "redis://"+a.client.Options().Addr)}
	for name, c := range map[string]struct {
		err       error
		temporary bool
	}{
		"wrong type in a script": {a.scheduleExpiration(t.Context(), orderOf(1, event.OrderIsCreated, noon)), false},
		"wrong type":             {a.scheduleExpiration(t.Context(), orderOf(1, event.OrderIsComplete, noon)), false},
		"not a script":           {classify(a.client.Eval(t.Context(), "return (", nil).Err()), false},
		"ended context":          {a.scheduleExpiration(ended, orderOf(1, event.OrderIsComplete, noon)), true},
		"no password":            {stranger.scheduleExpiration(t.Context(), orderOf(1, event.OrderIsComplete, noon)), true},
	} {
		if c.err == nil || apierror.From(c.err).Temporary() != c.temporary {
			t.Errorf("%s: temporary is not %v: %v", name, c.temporary, c.err)
		}
	}
}

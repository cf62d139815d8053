package stress

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/shared/config"
)

// command runs the command on a system, with small figures and these flags.
func command(ctx context.Context, url, flags string) (status int, printed string) {
	var out strings.Builder
	const small = "-tickets 12 -workers 4 -buyers 8 -contested 6 -settle 0s -url "
	return Command(ctx, strings.Fields(small+url+" "+flags), &out, &out), out.String()
}

// TestCommand: it reports what is broken, and nothing else.
func TestCommand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		system *fake
		flags  string
		status int
		says   []string
	}{
		"sound":         {&fake{}, "", exitOK, []string{"versions late 0 of 12", "oversold      0 of 6", "unsold        0 of 6"}},
		"a full line":   {&fake{full: 9}, "", exitOK, []string{"versions late 0 of 12"}},
		"oversold":      {&fake{oversells: true}, "", exitBroken, []string{"versions late 0 of 12", "oversold      6 of 6", "ticket 1: sold 8 times"}},
		"a lost update": {&fake{loses: 5}, "", exitBroken, []string{"versions late 1 of 12", "ticket 5: its copy in orders is at version 2, not 3"}},
		"sells nothing": {&fake{refuses: true}, "", exitBroken, []string{"oversold      0 of 6", "unsold        6 of 6"}},
		"fails":         {&fake{fails: true}, "", exitBroken, []string{"versions late 0 of 0", "copies: the first failure: Service unavailable."}},
		"no events":     {&fake{stuck: true}, "-timeout 1ms", exitBroken, []string{"versions late 12 of 12", "the events did not come through", "at version -1"}},
		"no such flag":  {&fake{}, "-speed 3", exitMisused, []string{"-buyers"}},
		"few buyers":    {&fake{}, "-buyers 1", exitMisused, []string{"buyers: want 2 to 1024"}},
		"no time":       {&fake{}, "-timeout 0s", exitMisused, []string{"timeout"}},
		"no answer":     {&fake{}, "-connect 127.0.0.1:1", exitMisused, []string{"sign up at"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, printed := command(t.Context(), c.system.start(t), c.flags)
			for _, line := range c.says {
				if status != c.status || !strings.Contains(printed, line) {
					t.Errorf("status %d, not %d, or does not say %q:\n%s", status, c.status, line, printed)
				}
			}
		})
	}
}

// TestInterrupted: Ctrl-C ends it, and it reports what was done until then.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	status, printed := command(ctx, (&fake{asked: cancel}).start(t), "-settle 1h")
	if status != exitInterrupted || !strings.Contains(printed, "versions late 0 of 0") || !strings.Contains(printed, "stopped before its end") {
		t.Errorf("status %d:\n%s", status, printed)
	}
}

// TestLocalSystem: the system stands it. Some events are under way with the last one.
func TestLocalSystem(t *testing.T) {
	t.Parallel()
	system, err := local.Start(t.Context(), config.Values{"PORT": "0", "DATA_DIR": t.TempDir()}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := system.Stop(); err != nil {
			t.Error(err)
		}
	})
	system.AwaitReady(t.Context())
	if status, printed := command(t.Context(), system.URL(), "-settle 2s"); status != exitOK || !strings.Contains(printed, "versions late 0 of 12") {
		t.Errorf("status %d:\n%s", status, printed)
	}
}

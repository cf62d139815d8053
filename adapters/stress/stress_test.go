package stress

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/shared/config"
)

var small = Settings{Tickets: 12, Workers: 4, Buyers: 8, Contested: 6, Patience: time.Minute}

func at(url string) Settings {
	s := small
	s.URL = url
	return s
}

// The system stands it.
func TestLocalSystem(t *testing.T) {
	t.Parallel()
	system, err := local.Start(t.Context(), config.Values{"PORT": "0", "DATA_DIR": t.TempDir(), "LOG_LEVEL": "ERROR"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := system.Stop(); err != nil {
			t.Error(err)
		}
	})
	system.AwaitReady(t.Context())
	settings := at(system.URL())
	settings.Settle = 2 * time.Second // for the events that were under way with the last one
	report := mustRun(t, settings)
	if !report.OK() || report.Compared != small.Tickets || report.Contended != small.Contested {
		t.Errorf("%s", printed(report))
	}
	if got, want := report.Phases[1].Requests(), small.Tickets*(1+changes); got != want {
		t.Errorf("%d requests to offer, not %d", got, want)
	}
}

func mustRun(t *testing.T, settings Settings) *Report {
	t.Helper()
	report, err := Run(t.Context(), settings, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func printed(r *Report) string {
	var text strings.Builder
	r.Print(&text)
	return text.String()
}

// Whatever is broken is said, and nothing else is.
func TestBrokenSystems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		system *fake
		ok     bool
		says   []string
	}{
		"a sound one": {&fake{}, true, []string{"versions late 0 of 12", "oversold      0 of 6", "unsold        0 of 6"}},
		"one that oversells": {&fake{oversells: true}, false, []string{
			"versions late 0 of 12", "oversold      6 of 6", "ticket 1: sold 8 times"}},
		"one that loses an update": {&fake{loses: 5}, false, []string{
			"versions late 1 of 12", "oversold      0 of 6", "ticket 5: its copy in orders is at version 2, not 3"}},
		"one that sells nothing": {&fake{refuses: true}, false, []string{"oversold      0 of 6", "unsold        6 of 6"}},
		"one that fails":         {&fake{fails: true}, false, []string{"versions late 0 of 0", "copies: the first failure: 500"}},
		"one without events":     {&fake{stuck: true}, false, []string{"versions late 12 of 12", "the events did not come through", "at version -1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := at(c.system.start(t))
			if c.system.stuck {
				settings.Patience = time.Millisecond
			}
			report := mustRun(t, settings)
			text := printed(report)
			if report.OK() != c.ok {
				t.Errorf("OK is %v:\n%s", report.OK(), text)
			}
			for _, line := range c.says {
				if !strings.Contains(text, line) {
					t.Errorf("does not say %q:\n%s", line, text)
				}
			}
		})
	}
}

// Ctrl-C ends it, and what was done until then is told.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	system := &fake{asked: cancel}
	settings := at(system.start(t))
	settings.Settle = time.Hour
	report, err := Run(ctx, settings, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !report.Interrupted || !report.OK() || report.Phases[1].Requests() != small.Tickets*(1+changes) || report.Compared != 0 {
		t.Errorf("%s", printed(report))
	}
}

func TestSettingsOutOfRange(t *testing.T) {
	t.Parallel()
	for _, spoil := range []func(*Settings){
		func(s *Settings) { s.Tickets = 0 },
		func(s *Settings) { s.Workers = 1 << 20 },
		func(s *Settings) { s.Buyers = 1 },
		func(s *Settings) { s.Contested = s.Tickets + 1 },
		func(s *Settings) { s.Patience = 0 },
		func(s *Settings) { s.URL = "http://127.0.0.1:1" }, // nobody answers
	} {
		settings := at("http://127.0.0.1:1")
		spoil(&settings)
		if report, err := Run(t.Context(), settings, io.Discard); err == nil {
			t.Errorf("%+v: no error, but %+v", settings, report)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := bar{out: &out}
	for range 4 {
		b.advance("offers", 4)
	}
	if got := out.String(); !strings.HasSuffix(got, "offers      ["+strings.Repeat("#", width)+"] 4/4") {
		t.Errorf("%q", got)
	}
}

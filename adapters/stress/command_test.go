package stress

import (
	"context"
	"strings"
	"testing"
)

func TestExitStatus(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		system *fake
		flags  string
		want   int
		says   string // of what is printed
	}{
		"sound":        {&fake{}, "", exitOK, "oversold      0 of 6"},
		"broken":       {&fake{oversells: true}, "", exitBroken, "oversold      6 of 6"},
		"no such flag": {&fake{}, "-speed 3", exitMisused, "-buyers"},
		"out of range": {&fake{}, "-buyers 1", exitMisused, "buyers: want 2 to 1024"},
		"nobody there": {&fake{}, "-connect 127.0.0.1:1", exitMisused, "sign up at"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			args := append(flags(c.system.start(t)), strings.Fields(c.flags)...)
			if got := Command(t.Context(), args, &out, &out); got != c.want || !strings.Contains(out.String(), c.says) {
				t.Errorf("status %d, not %d, or does not say %q:\n%s", got, c.want, c.says, out.String())
			}
		})
	}
}

func TestExitStatusOfCtrlC(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	system := &fake{asked: cancel}
	var out strings.Builder
	if got := Command(ctx, flags(system.start(t)), &out, &out); got != exitInterrupted || !strings.Contains(out.String(), "stopped before its end") {
		t.Errorf("status %d:\n%s", got, out.String())
	}
}

func flags(url string) []string {
	return strings.Fields("-tickets 12 -workers 4 -buyers 8 -contested 6 -settle 0s -url " + url)
}

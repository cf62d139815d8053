package natsserver_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/embedded/natsserver"
)

func TestLoggerLevels(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := natsserver.NewLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for level, write := range map[string][]func(string, ...any){
		"DEBUG": {l.Noticef, l.Debugf, l.Tracef}, "WARN": {l.Warnf}, "ERROR": {l.Errorf, l.Fatalf},
	} {
		for _, write := range write {
			out.Reset()
			write("line-%d", 1)
			if !strings.Contains(out.String(), "level="+level+" msg=line-1") {
				t.Errorf("got %q, want %s", out.String(), level)
			}
		}
	}
}

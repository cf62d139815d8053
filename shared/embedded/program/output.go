package program

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
)

const tailLines = 12

// output logs what a child prints, line by line, and keeps the last lines for
// the error that says why it ended.
type output struct {
	log   *slog.Logger
	name  string
	await string        // part of the line waited for; empty: none
	seen  chan struct{} // closed when it has been printed

	mu   sync.Mutex
	part []byte
	last []string
}

// Write takes any piece of the output; it never fails.
func (o *output) Write(piece []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.part = append(o.part, piece...)
	for {
		line, rest, complete := bytes.Cut(o.part, []byte("\n"))
		if !complete {
			return len(piece), nil
		}
		o.add(string(line))
		o.part = rest
	}
}

func (o *output) add(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	o.log.Debug(line, "program", o.name)
	if o.await != "" && strings.Contains(line, o.await) {
		o.await = ""
		close(o.seen)
	}
	o.last = append(o.last, line)
	if len(o.last) > tailLines {
		o.last = o.last[1:]
	}
}

func (o *output) tail() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.last, " | ")
}

func isGone(err error) bool {
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH)
}

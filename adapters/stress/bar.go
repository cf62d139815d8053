package stress

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// bar is a line on a terminal that is written over and over.
type bar struct {
	out io.Writer

	mu    sync.Mutex
	done  int
	drawn time.Time
}

const (
	width    = 40
	interval = 100 * time.Millisecond // between two drawings
	blank    = "\r\x1b[K"
)

// advance counts one of so many things that are done.
func (b *bar) advance(what string, of int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done++
	if b.done < of && time.Since(b.drawn) < interval {
		return
	}
	b.drawn = time.Now()
	full := width * b.done / of
	fmt.Fprintf(b.out, "%s%-12s[%s%s] %d/%d", blank, what, strings.Repeat("#", full), strings.Repeat(".", width-full), b.done, of)
}

// say shows what is waited for.
func (b *bar) say(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprint(b.out, blank+what)
}

// clear takes the line away, for the next one.
func (b *bar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done = 0
	fmt.Fprint(b.out, blank)
}

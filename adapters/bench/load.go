package bench

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gittix/ticketing/adapters/httpload"
)

// Load is requests to one server, over connections that are kept.
type Load struct {
	Address     string             // host:port
	Connections int                // busy at the same time
	Request     func(i int) []byte // the i-th, as it is sent; nil ends the load
	For         time.Duration      // no request begins later, but for the first of each connection; 0: until Request ends it
	Rate        float64            // requests per second that begin, if a connection is free; 0: as many as are answered
}

// Outcome is what came of a load.
type Outcome struct {
	Statuses       map[int]int
	Refusals       map[string]int // bodies of answers of 400 and above
	Began          time.Time
	Took           time.Duration
	httpload.Times // from the moment when a request was due to the end of its answer
}

// Count is the number of answers.
func (o Outcome) Count() (n int) {
	for _, count := range o.Statuses {
		n += count
	}
	return n
}

// Run sends a load. Errors: a connection that cannot be opened or breaks.
func (l Load) Run() (Outcome, error) {
	o := Outcome{Statuses: map[int]int{}, Refusals: map[string]int{}, Began: time.Now()}
	var mu sync.Mutex
	var times []time.Duration
	var failure error
	var next atomic.Int64
	var all sync.WaitGroup
	for range l.Connections {
		all.Go(func() {
			c := conversation{statuses: map[int]int{}, refusals: map[string]int{}}
			err := c.hold(l, &next, o.Began)
			mu.Lock()
			defer mu.Unlock()
			times = append(times, c.took...)
			for status, n := range c.statuses {
				o.Statuses[status] += n
			}
			for body, n := range c.refusals {
				o.Refusals[body] += n
			}
			if err != nil {
				failure = err
			}
		})
	}
	all.Wait()
	o.Took = time.Since(o.Began)
	o.Times = httpload.TimesOf(times)
	return o, failure
}

// conversation is what came of one connection.
type conversation struct {
	statuses map[int]int
	refusals map[string]int
	took     []time.Duration
}

// hold sends requests, one after the other.
func (c *conversation) hold(l Load, next *atomic.Int64, began time.Time) error {
	conn := httpload.Connection{Address: l.Address}
	defer conn.Close()
	for {
		i := int(next.Add(1) - 1)
		due := time.Now()
		if l.Rate > 0 {
			due = began.Add(time.Duration(float64(i) / l.Rate * float64(time.Second)))
			time.Sleep(time.Until(due))
		}
		text := l.Request(i)
		if text == nil || l.For > 0 && due.Sub(began) >= l.For && i >= l.Connections {
			return nil
		}
		answer, err := conn.Send(text)
		if err != nil {
			return err
		}
		c.took = append(c.took, time.Since(due))
		if c.statuses[answer.Status]++; len(answer.Body) > 0 {
			c.refusals[string(bytes.TrimSpace(answer.Body))]++
		}
	}
}

package overload

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gittix/ticketing/adapters/httpload"
)

// Load is what a client sends to one server, in phases.
type Load struct {
	Address string // host:port
	Method  string
	Path    string
	Body    string
	Cookies []string // Cookie headers of users, who take turns; none: without
	Phases  []Phase
}

// Phase is a part of a load.
type Phase struct {
	For         time.Duration // 0: until each user has an answer that is no 503, coming again as Retry-After says
	Rate        float64       // requests per second that begin, whatever happens to those before; 0: the next begins when one has ended
	Connections int           // at most
}

// Outcome is what came of a phase.
type Outcome struct {
	Took     time.Duration
	Offered  int            // requests that were due
	Unsent   int            // of them, those that found all connections busy
	Broken   int            // those without a whole answer
	Statuses map[int]int    // answers
	Bare     int            // answers of 503 without Retry-After
	Served   httpload.Times // of answers below 500
	Refused  httpload.Times // of those of 503
	Timeline []int          // answers below 500 in each tick
}

// tick is the unit of a Timeline.
const tick = 100 * time.Millisecond

// PerSecond is how many answers below 500 there were in a second.
func (o Outcome) PerSecond() float64 {
	n := 0
	for status, count := range o.Statuses {
		if status < http.StatusInternalServerError {
			n += count
		}
	}
	return float64(n) / o.Took.Seconds()
}

// Run sends a load and returns what came of each phase.
func (l Load) Run() (outcomes []Outcome) {
	c := &client{Load: l}
	for _, cookie := range l.Cookies {
		c.texts = append(c.texts, httpload.Request(l.Method, l.Path, "Cookie: "+cookie+"\r\n", l.Body))
	}
	if len(l.Cookies) == 0 {
		c.texts = append(c.texts, httpload.Request(l.Method, l.Path, "", l.Body))
	}
	for _, p := range l.Phases {
		outcomes = append(outcomes, c.run(p))
	}
	return outcomes
}

// client is a load that is being sent.
type client struct {
	Load
	texts [][]byte
	next  atomic.Int64 // user
}

// record is a phase that goes on.
type record struct {
	began           time.Time
	mu              sync.Mutex
	outcome         Outcome
	served, refused []time.Duration
	ended           bool // what comes now is not of it
}

func (c *client) run(p Phase) Outcome {
	r := &record{began: time.Now(), outcome: Outcome{Statuses: map[int]int{}}}
	switch {
	case p.For == 0:
		c.insist(r)
	case p.Rate == 0:
		c.close(r, p)
	default:
		c.open(r, p)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	r.outcome.Took = time.Since(r.began)
	r.outcome.Served, r.outcome.Refused = httpload.TimesOf(r.served), httpload.TimesOf(r.refused)
	return r.outcome
}

// close keeps all connections busy.
func (c *client) close(r *record, p Phase) {
	var all sync.WaitGroup
	for range p.Connections {
		all.Go(func() {
			conn := httpload.Connection{Address: c.Address}
			defer conn.Close()
			for time.Since(r.began) < p.For {
				c.send(r, &conn, time.Now(), int(c.next.Add(1)))
			}
		})
	}
	all.Wait()
	r.outcome.Offered = sum(r.outcome.Statuses) + r.outcome.Broken
}

// open begins requests at a rate. The answers to the last may come after the phase, and do not count.
func (c *client) open(r *record, p Phase) {
	due := make(chan time.Time)
	var all sync.WaitGroup
	connections := 0
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for now := r.began; now.Sub(r.began) < p.For; now = <-ticker.C {
		for want := int(now.Sub(r.began).Seconds() * p.Rate); r.outcome.Offered < want; r.outcome.Offered++ {
			select {
			case due <- now:
				continue
			default:
			}
			if connections == p.Connections {
				r.outcome.Unsent++
				continue
			}
			connections++
			all.Go(func() {
				conn := httpload.Connection{Address: c.Address}
				defer conn.Close()
				c.send(r, &conn, now, int(c.next.Add(1)))
				for at := range due {
					c.send(r, &conn, at, int(c.next.Add(1)))
				}
			})
		}
	}
	close(due)
	go all.Wait()
}

// insist lets each user come, on a connection of its own, until there is an answer that is no 503.
func (c *client) insist(r *record) {
	var all sync.WaitGroup
	for user := range c.texts {
		all.Go(func() {
			conn := httpload.Connection{Address: c.Address}
			defer conn.Close()
			for {
				status, after := c.send(r, &conn, time.Now(), user)
				if status != 0 && status != http.StatusServiceUnavailable {
					return
				}
				time.Sleep(after + time.Duration(user%100)*5*time.Millisecond) // not all at once
			}
		})
	}
	all.Wait()
	r.outcome.Offered = sum(r.outcome.Statuses) + r.outcome.Broken
}

// send sends one request and notes what comes of it. It returns the status, or 0, and when to come again.
func (c *client) send(r *record, conn *httpload.Connection, at time.Time, user int) (status int, after time.Duration) {
	answer, err := conn.Send(c.texts[user%len(c.texts)])
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return 0, 0
	}
	if err != nil {
		r.outcome.Broken++
		return 0, time.Second
	}
	r.outcome.Statuses[answer.Status]++
	switch {
	case answer.Status == http.StatusServiceUnavailable:
		if answer.RetryAfter == 0 {
			r.outcome.Bare++
		}
		r.refused = append(r.refused, now.Sub(at))
		after = answer.RetryAfter
	case answer.Status < http.StatusInternalServerError:
		r.served = append(r.served, now.Sub(at))
		n := int(now.Sub(r.began) / tick)
		for len(r.outcome.Timeline) <= n {
			r.outcome.Timeline = append(r.outcome.Timeline, 0)
		}
		r.outcome.Timeline[n]++
	}
	return answer.Status, after
}

func sum(counts map[int]int) (n int) {
	for _, count := range counts {
		n += count
	}
	return n
}

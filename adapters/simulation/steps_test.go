package simulation

import (
	"fmt"
	"strings"
	"time"
)

// history is what happens, in an order that a scheduler has drawn: every history plays the same each time.
type history struct {
	Clocks []int // how far the clocks are ahead, in seconds, one after another
	Steps  []step
}

// step is one thing that happens. Who and What choose among those that can do it and what it can be done to.
type step struct {
	Do        string
	Who, What int
	Stop      int // the work stops before this effect, counted from 1, until a resume or a crash; 0: it does not stop
	Fault     string
	At        int // the first effect that the fault can hit
}

// String is the history as Go.
func (h history) String() string {
	text := fmt.Sprintf("history{%#v, []step{\n", h.Clocks)
	for _, s := range h.Steps {
		text += fmt.Sprintf("\t{%q, %d, %d, %d, %q, %d},\n", s.Do, s.Who, s.What, s.Stop, s.Fault, s.At)
	}
	return text + "}}"
}

// skews are those of the history.
func (h history) skews() skews {
	all := skews{}
	for i, seconds := range h.Clocks {
		names := []string{"orders-1", "orders-2", "payments-1", "payments-2", "expiration-1", "expiration-2", "orders", "payments", "tickets"}
		all[names[i%len(names)]] = time.Duration(seconds) * time.Second
	}
	return all
}

var pauses = []time.Duration{time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 14 * time.Minute, 15 * time.Minute, 16 * time.Minute, time.Hour}

// doing is how each kind of step begins its work. nil: there is nothing to do.
var doing = map[string]func(*world, step) *task{
	"offer":        (*world).offer,
	"reprice":      (*world).reprice,
	"withdraw":     (*world).withdraw,
	"order":        (*world).order,
	"cancel":       (*world).cancel,
	"extend":       (*world).extend,
	"give back":    (*world).giveBack,
	"pay":          (*world).pay,
	"authenticate": (*world).authenticate,
	"webhook":      (*world).webhook,
	"refund":       (*world).refund,
	"dispute":      (*world).dispute,
	"decide":       (*world).decide,
	"sign out":     (*world).signOut,
	"steal":        (*world).steal,
	"relay": func(w *world, s step) *task {
		return w.relay(w.process(simulated[s.What%len(simulated)], s.Who), s.fault())
	},
	"deliver": func(w *world, s step) *task {
		if len(w.messages) == 0 {
			return nil
		}
		m := w.messages[s.What%len(w.messages)]
		return w.deliver(w.process(m.service, s.Who), m, s.fault())
	},
	"tick": func(w *world, s step) *task {
		var due []func() *task
		for _, c := range w.contents {
			for i := range c.Schedules {
				due = append(due, func() *task {
					p := w.process(c.Name, s.Who)
					return w.tick(p, p.Schedules[i], s.fault())
				})
			}
		}
		return due[s.What%len(due)]()
	},
}

func (s step) fault() fault { return fault{s.Fault, s.At} }

// take takes one step.
func (w *world) take(s step) {
	switch s.Do {
	case "pass":
		d := pauses[s.What%len(pauses)]
		w.tell("%v pass", d)
		time.Sleep(d)
	case "crash":
		if p := w.processes[fmt.Sprintf("%s-%d", simulated[s.What%len(simulated)], s.Who%2+1)]; p != nil {
			w.tell("%s", w.kill(p))
		}
	case "forget":
		w.tell("Redis loses everything")
		if err := w.redis.FlushAll(w.t.Context()).Err(); err != nil {
			w.t.Fatal(err)
		}
	case "flow":
		w.tell("all events arrive")
		w.flow()
	case "resume":
		if len(w.tasks) > 0 {
			t := w.tasks[s.Who%len(w.tasks)]
			w.goOn(t, s, "goes on: "+t.name)
		}
	default:
		if t := doing[s.Do](w, s); t != nil {
			w.goOn(t, s, t.name)
		}
	}
}

// goOn lets a task go on as far as the step says, and tells what became of it.
func (w *world) goOn(t *task, s step, line string) {
	at := len(w.story)
	w.tell("")
	w.run(t, s.Stop, s.What)
	if t.isOver() {
		line += ": " + t.result
	} else {
		line += ", and stops before " + t.first()
	}
	if f := t.fault; f.kind != "" && t.hit != "" {
		line += fmt.Sprintf(" (%s: %s)", f.kind, t.hit)
	}
	w.story[at] = line
	w.settle()
}

// settle forgets tasks that are over, and looks at how they ended.
func (w *world) settle() {
	var left []*task
	for _, t := range w.tasks {
		if !t.isOver() {
			left = append(left, t)
		} else if strings.HasPrefix(t.result, "FAILED") || strings.HasPrefix(t.result, "rejected") {
			w.violate("%s: %s", t.name, t.result)
		}
	}
	w.tasks = left
}

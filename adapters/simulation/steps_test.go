package simulation

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
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

var (
	people = []string{"", "Ann", "Bob", "Cid"} // by user id; Ann sells
	cards  = []string{"tok_visa", "tok_visa", "pm_card_visa", "tok_threeDSecure2Required", "tok_chargeDeclined", "pm_sandbox_error", "tok_pendingRefund"}
	pauses = []time.Duration{time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 14 * time.Minute, 15 * time.Minute, 16 * time.Minute, time.Hour}
)

// doing is how each kind of step begins its work. nil: there is nothing to do.
var doing = map[string]func(*world, step) *task{
	"offer":        (*world).offer,
	"reprice":      (*world).reprice,
	"order":        (*world).order,
	"cancel":       (*world).cancel,
	"extend":       (*world).extend,
	"pay":          (*world).pay,
	"authenticate": (*world).authenticate,
	"webhook":      (*world).webhook,
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

func (w *world) offer(s step) *task {
	title := []string{"Opera", "Ballet"}[s.What%2]
	return w.call(w.process("tickets", s.Who), "Ann offers a ticket", s.fault(),
		request(1, "POST", "/api/tickets", fmt.Sprintf(`{"title":%q,"price":"42.50"}`, title)), nil)
}

func (w *world) reprice(s step) *task {
	return w.call(w.process("tickets", s.Who), fmt.Sprintf("Ann changes the price of ticket %d", s.What%3+1), s.fault(),
		request(1, "PUT", fmt.Sprintf("/api/tickets/%d", s.What%3+1), fmt.Sprintf(`{"title":"Opera","price":"%d.00"}`, 10+s.What)), nil)
}

func (w *world) order(s step) *task {
	buyer, ticket := 2+s.Who/2%2, s.What%2+1
	return w.call(w.process("orders", s.Who), fmt.Sprintf("%s orders ticket %d", people[buyer], ticket), s.fault(),
		request(buyer, "POST", "/api/orders", fmt.Sprintf(`{"ticketId":%d}`, ticket)), nil)
}

// known is one of the orders there are; its buyer acts.
func (w *world) known(s step) (order, bool) {
	if len(w.orders) == 0 {
		return order{}, false
	}
	return w.orders[len(w.orders)-1-s.What%len(w.orders)], true
}

func (w *world) cancel(s step) *task {
	o, ok := w.known(s)
	if !ok {
		return nil
	}
	w.asked[o.ID] = true
	return w.call(w.process("orders", s.Who), fmt.Sprintf("%s cancels order %d", people[o.UserID], o.ID), s.fault(),
		request(int(o.UserID), "PATCH", fmt.Sprintf("/api/orders/%d", o.ID), ""), func(status int, _ []byte) {
			w.cancelled[o.ID] = w.cancelled[o.ID] || status == 200
		})
}

func (w *world) extend(s step) *task {
	o, ok := w.known(s)
	if !ok {
		return nil
	}
	return w.call(w.process("orders", s.Who), fmt.Sprintf("%s extends order %d", people[o.UserID], o.ID), s.fault(),
		request(int(o.UserID), "POST", fmt.Sprintf("/api/orders/%d/extend", o.ID), ""), nil)
}

func (w *world) pay(s step) *task {
	o, ok := w.known(s)
	if !ok {
		return nil
	}
	card := cards[s.Who/2%len(cards)]
	return w.call(w.process("payments", s.Who), fmt.Sprintf("%s pays order %d with %s", people[o.UserID], o.ID, card), s.fault(),
		request(int(o.UserID), "POST", "/api/payments", fmt.Sprintf(`{"orderId":%d,"token":%q}`, o.ID, card)), func(status int, body []byte) {
			var reply struct{ ClientSecret string }
			if status == http.StatusAccepted && json.Unmarshal(body, &reply) == nil {
				w.secrets = append(w.secrets, reply.ClientSecret)
			}
		})
}

// authenticate is the buyer's second step, at Stripe.
func (w *world) authenticate(s step) *task {
	if len(w.secrets) > 0 {
		secret := w.secrets[s.What%len(w.secrets)]
		outcome := []string{"succeed", "succeed", "fail"}[s.Who%3]
		intent, _, _ := strings.Cut(secret, "_secret")
		a := w.atStripe("POST", "/sandbox/payment_intents/"+intent+"/authenticate", url.Values{"client_secret": {secret}, "outcome": {outcome}}.Encode())
		w.tell("a buyer's second step is to %s: %d", outcome, a.Code)
	}
	return nil
}

func (w *world) webhook(s step) *task {
	all := w.webhooks()
	if len(all) == 0 {
		return nil
	}
	payload := all[s.What%len(all)]
	r := request(0, "POST", "/api/payments/webhook", string(payload))
	r.Header.Set("Stripe-Signature", signature(payload))
	var e struct{ Type string }
	_ = json.Unmarshal(payload, &e) // only for the story
	return w.call(w.process("payments", s.Who), "Stripe tells of "+e.Type, s.fault(), r, nil)
}

// request is a user's, or one without a session for 0.
func request(user int, method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if user != 0 {
		cookie, err := keys.Issue(int32(user), "user@example.com")
		if err != nil {
			panic(err) // the key is ours
		}
		r.Header.Set("Cookie", cookie.Name+"="+cookie.Value)
	}
	return r
}

// said is the message of an answer.
func said(body []byte) string {
	var m struct{ Message string }
	_ = json.Unmarshal(body, &m) // what is no JSON has none
	return m.Message
}

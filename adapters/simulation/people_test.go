package simulation

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

var (
	people = []string{"", "Ann", "Bob", "Cid"} // by user id; Ann sells
	cards  = []string{"tok_visa", "tok_visa", "pm_card_visa", "tok_threeDSecure2Required", "tok_chargeDeclined", "pm_sandbox_error", "tok_pendingRefund"}
)

func (w *world) offer(s step) *task {
	title := []string{"Opera", "Ballet"}[s.What%2]
	return w.call(w.process("tickets", s.Who), "Ann offers a ticket", s.fault(),
		w.request(1, "POST", "/api/tickets", fmt.Sprintf(`{"title":%q,"price":"42.50"}`, title)), nil)
}

func (w *world) reprice(s step) *task {
	return w.call(w.process("tickets", s.Who), fmt.Sprintf("Ann changes the price of ticket %d", s.What%3+1), s.fault(),
		w.request(1, "PUT", fmt.Sprintf("/api/tickets/%d", s.What%3+1), fmt.Sprintf(`{"title":"Opera","price":"%d.00"}`, 10+s.What)), nil)
}

func (w *world) withdraw(s step) *task {
	return w.call(w.process("tickets", s.Who), fmt.Sprintf("Ann withdraws ticket %d", s.What%3+1), s.fault(),
		w.request(1, "DELETE", fmt.Sprintf("/api/tickets/%d", s.What%3+1), ""), nil)
}

func (w *world) order(s step) *task {
	buyer, ticket := 2+s.Who/2%2, s.What%2+1
	return w.call(w.process("orders", s.Who), fmt.Sprintf("%s orders ticket %d", people[buyer], ticket), s.fault(),
		w.request(buyer, "POST", "/api/orders", fmt.Sprintf(`{"ticketId":%d}`, ticket)), nil)
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
		w.request(int(o.UserID), "PATCH", fmt.Sprintf("/api/orders/%d", o.ID), ""), func(status int, _ []byte) {
			w.cancelled[o.ID] = w.cancelled[o.ID] || status == 200
		})
}

// giveBack is what a seller does who cannot keep a promise, and may make none again.
func (w *world) giveBack(s step) *task {
	o, ok := w.known(s)
	if !ok {
		return nil
	}
	w.returned[o.ID] = true
	query, also := "", ""
	if s.Who/2%2 == 1 {
		query, also = "?withdraw=true", ", and withdraws its ticket"
	}
	return w.call(w.process("orders", s.Who), fmt.Sprintf("Ann refunds order %d%s", o.ID, also), s.fault(),
		w.request(1, "POST", fmt.Sprintf("/api/orders/%d/refund%s", o.ID, query), ""), nil)
}

func (w *world) extend(s step) *task {
	o, ok := w.known(s)
	if !ok {
		return nil
	}
	return w.call(w.process("orders", s.Who), fmt.Sprintf("%s extends order %d", people[o.UserID], o.ID), s.fault(),
		w.request(int(o.UserID), "POST", fmt.Sprintf("/api/orders/%d/extend", o.ID), ""), nil)
}

func (w *world) pay(s step) *task {
	o, ok := w.known(s)
	if !ok {
		return nil
	}
	card := cards[s.Who/2%len(cards)]
	return w.call(w.process("payments", s.Who), fmt.Sprintf("%s pays order %d with %s", people[o.UserID], o.ID, card), s.fault(),
		w.request(int(o.UserID), "POST", "/api/payments", fmt.Sprintf(`{"orderId":%d,"token":%q}`, o.ID, card)), func(status int, body []byte) {
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
	r := w.request(0, "POST", "/api/payments/webhook", string(payload))
	r.Header.Set("Stripe-Signature", signature(payload))
	var e struct{ Type string }
	_ = json.Unmarshal(payload, &e) // only for the story
	return w.call(w.process("payments", s.Who), "Stripe tells of "+e.Type, s.fault(), r, nil)
}

// request is a user's, or one without a session for 0.
func (w *world) request(user int, method, path, body string) *http.Request {
	return signed(user, w.generations[user], method, path, body)
}

// signed is a request of a session of that generation.
func signed(user int, generation int32, method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if user != 0 {
		cookie, err := keys.Cookie(keys.New(int32(user), "user@example.com", generation))
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

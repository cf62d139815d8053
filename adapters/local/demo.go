package local

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"time"

	"github.com/gittix/ticketing/shared/config"
)

// demo fills the running system with users and tickets, and sells one.
type demo struct {
	values         config.Values
	out            io.Writer
	users, tickets int
}

func (d demo) run(ctx context.Context) error {
	settings, err := config.Parse[Settings](d.values)
	if err != nil {
		return err
	}
	r, ok := attach(ctx, settings.DataDir)
	if !ok {
		return fmt.Errorf("nothing runs on %s: start it first, with make run", settings.DataDir)
	}
	if d.users < 2 || d.tickets < 1 {
		return errors.New("a demo needs at least 2 users and 1 ticket")
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	users, err := d.signUp(ctx, r.URL)
	if err != nil {
		return err
	}
	var last int32
	for i := range d.tickets {
		var reply struct{ Ticket struct{ ID int32 } }
		offer := map[string]any{"title": titles[i%len(titles)], "price": 5 + (i*37)%200}
		if err := users[i%(len(users)-1)].post(ctx, "/api/tickets", offer, &reply); err != nil {
			return err
		}
		last = reply.Ticket.ID
		d.progress("tickets", i+1, d.tickets)
	}
	return d.sell(ctx, users[len(users)-1], last)
}

var titles = []string{
	"Die Zauberflöte, stalls", "Cup final, north stand", "Jazz in the park", "La Traviata, balcony", "Comedy night",
	"Marathon start number", "Symphony No. 9", "Open-air cinema", "Chess world championship", "Flamenco evening",
}

func (d demo) progress(what string, n, of int) {
	fmt.Fprintf(d.out, "\r%-8s %d/%d", what, n, of)
	if n == of {
		fmt.Fprintln(d.out)
	}
}

func (d demo) signUp(ctx context.Context, url string) ([]person, error) {
	users := make([]person, d.users)
	for i := range users {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return nil, err
		}
		users[i] = person{url: url, client: http.Client{Jar: jar, Timeout: 30 * time.Second}, email: fmt.Sprintf("demo-%s@example.com", rand.Text()[:8])}
		credentials := map[string]string{"email": users[i].email, "password": rand.Text()}
		if err := users[i].post(ctx, "/api/users/signup", credentials, nil); err != nil {
			return nil, err
		}
		d.progress("users", i+1, d.users)
	}
	return users, nil
}

// sell lets a buyer order and pay a ticket. The copies of the ticket and the order travel by events, so a
// first attempt may come before them.
func (d demo) sell(ctx context.Context, buyer person, ticket int32) error {
	var order struct{ Order struct{ ID int32 } }
	if err := retry(ctx, func() error {
		return buyer.post(ctx, "/api/orders", map[string]any{"ticketId": ticket}, &order)
	}); err != nil {
		return err
	}
	var payment struct{ Charge struct{ ID string } }
	if err := retry(ctx, func() error {
		return buyer.post(ctx, "/api/payments", map[string]any{"orderId": order.Order.ID, "token": "tok_visa"}, &payment)
	}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(d.out, "sold     ticket %d to %s, order %d, charge %s\n", ticket, buyer.email, order.Order.ID, payment.Charge.ID)
	return err
}

// retry calls fn until it succeeds, for at most ten seconds.
func retry(ctx context.Context, fn func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		err := fn()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// person is somebody with a browser.
type person struct {
	url    string
	email  string
	client http.Client
}

// post sends JSON and reads JSON; an answer of 400 and above is an error.
func (p person) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	answer, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	if answer.StatusCode >= http.StatusBadRequest {
		var failure struct{ Message string }
		_ = json.NewDecoder(answer.Body).Decode(&failure) // the status says enough
		return fmt.Errorf("POST %s: %d %s", path, answer.StatusCode, failure.Message)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(answer.Body).Decode(out)
}

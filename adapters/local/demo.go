package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// demo fills the running system with users and tickets, and sells one.
type demo struct {
	values         config.Values
	out            io.Writer
	users, tickets int
}

var titles = []string{
	"Die Zauberflöte, stalls", "Cup final, north stand", "Jazz in the park", "La Traviata, balcony", "Comedy night",
	"Marathon start number", "Symphony No. 9", "Open-air cinema", "Chess world championship", "Flamenco evening",
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
	client := api.New(api.At(r.URL), api.Config{Timeout: 30 * time.Second})
	defer client.Close()
	users, emails := make([]*api.Session, d.users), make([]string, d.users)
	for i := range users {
		users[i], emails[i] = client.Session(nil), fmt.Sprintf("demo-%s@example.com", rand.Text()[:8])
		if err := users[i].SignUp(ctx, api.Credentials{Email: emails[i], Password: rand.Text()}); err != nil {
			return err
		}
		d.progress("users", i+1, d.users)
	}
	buyer := d.users - 1
	var last event.Ticket
	for i := range d.tickets {
		offer := api.Offer{Title: titles[i%len(titles)], Price: strconv.Itoa(5 + (i*37)%200)}
		if last, err = users[i%buyer].OfferTicket(ctx, offer); err != nil {
			return err
		}
		d.progress("tickets", i+1, d.tickets)
	}
	return d.sell(ctx, users[buyer], emails[buyer], last)
}

func (d demo) progress(what string, n, of int) {
	fmt.Fprintf(d.out, "\r%-8s %d/%d", what, n, of)
	if n == of {
		fmt.Fprintln(d.out)
	}
}

// sell lets a buyer order and pay a ticket.
func (d demo) sell(ctx context.Context, buyer *api.Session, email string, ticket event.Ticket) error {
	order, err := retry(ctx, func() (event.Order, error) { return buyer.PlaceOrder(ctx, ticket.ID) })
	if err != nil {
		return err
	}
	receipt, err := retry(ctx, func() (api.Receipt, error) { return buyer.Pay(ctx, order.ID, "tok_visa") })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.out, "sold     ticket %d to %s, order %d, charge %s\n", ticket.ID, email, order.ID, receipt.Charge.ID)
	return err
}

// retry calls fn until it succeeds, for at most ten seconds: copies of tickets and orders travel by events, and may come late.
func retry[T any](ctx context.Context, fn func() (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		reply, err := fn()
		if err == nil || ctx.Err() != nil {
			return reply, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

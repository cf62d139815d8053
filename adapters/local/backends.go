package local

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/bus/access"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/mailserver"
	"github.com/gittix/ticketing/shared/embedded/natsserver"
	"github.com/gittix/ticketing/shared/embedded/pgserver"
	"github.com/gittix/ticketing/shared/embedded/redisserver"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/postgres"
)

// backends are what the services need: embedded, or what the settings name. Each method that starts one is a part of the process.
type backends struct {
	*process.Lifecycle
	settings Settings
	secrets  config.Values
	url      string // where the system answers

	BusURL      string                      // of its operator, where it is embedded
	BusURLOf    func(service string) string // nil: all services share BusURL
	DatabaseURL string                      // of the server; each service has a database of its own on it
	RedisURL    string
	Stripe      config.Values
	Mail        config.Values

	sandbox  http.Handler // nil with a real Stripe
	mailbox  http.Handler // nil with a real mail server
	mailPath string       // where it is shown
	about    []string     // a line about each, for people
}

// describe adds a line to the banner. Of a URL it shows no more than the host.
func (b *backends) describe(name, kind, raw string) {
	where := "?"
	if u, err := url.Parse(raw); err == nil {
		where = u.Scheme + "://" + u.Host
	}
	b.about = append(b.about, fmt.Sprintf("%-11s %-9s %s", name, kind, where))
}

func (b *backends) postgres(ctx context.Context) (process.Stop, error) {
	if b.DatabaseURL = b.settings.DatabaseURL; b.DatabaseURL != "" {
		b.describe("PostgreSQL", "real", b.DatabaseURL)
		return nil, nil
	}
	server, err := pgserver.Start(ctx, pgserver.Config{Dir: filepath.Join(b.settings.DataDir, "postgres"), Durable: true, Logger: b.Log})
	if err != nil {
		return nil, err
	}
	b.DatabaseURL = server.URL("postgres")
	b.describe("PostgreSQL", "embedded", b.DatabaseURL)
	return server.Stop, nil
}

// database returns DATABASE_URL with a service's own database, which it creates if need be.
func (b *backends) database(ctx context.Context, service string) (string, error) {
	malformed := errors.New("config: DATABASE_URL is not a valid postgres:// URL") // parsing errors repeat the URL
	server, err := postgres.Open(b.DatabaseURL)
	if err != nil {
		return "", malformed
	}
	defer server.Close()
	var name, host string
	own := strings.Fields(b.DatabaseURL)
	for i, word := range own { // that of a pooler, perhaps, and that of the server
		u, err := url.Parse(word)
		if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			return "", malformed
		}
		name, host = cmp.Or(strings.Trim(u.Path, "/"), "ticketing")+"_"+service, u.Host
		u.Path = "/" + name
		own[i] = u.String()
	}
	exists, err := postgres.One(ctx, server, pgx.RowTo[bool], `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name)
	if err != nil {
		return "", fmt.Errorf("config: DATABASE_URL: %s: %s", host, postgres.Reason(err)) // err repeats the user
	}
	if !exists {
		_, err = server.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize())
	}
	return strings.Join(own, " "), err
}

func (b *backends) bus(context.Context) (process.Stop, error) {
	if b.BusURL = b.settings.Process.BusURL; b.BusURL != "" {
		b.describe("Bus", "real", b.BusURL)
		return nil, nil
	}
	roles, err := busroles.All()
	if err != nil {
		return nil, err
	}
	key := rand.Text() // the passwords are this process's, and end with it
	password := func(user string) string { return key + user }
	server, err := stanserver.Start(stanserver.Config{
		Dir: filepath.Join(b.settings.DataDir, "nats-streaming"), Sync: true, Logger: b.Log, Users: natsserver.Users(roles, access.Streaming, password),
	})
	if err != nil {
		return nil, err
	}
	b.BusURLOf = func(service string) string { return server.URLOf(service, password(service)) }
	b.BusURL = server.URL()
	b.describe("Bus", "embedded", b.BusURL)
	return process.Closing(server.Stop), nil
}

func (b *backends) redis(ctx context.Context) (process.Stop, error) {
	if b.RedisURL = b.settings.RedisURL; b.RedisURL != "" {
		b.describe("Redis", "real", b.RedisURL)
		return nil, nil
	}
	server, err := redisserver.Start(ctx, redisserver.Config{Dir: filepath.Join(b.settings.DataDir, "redis"), Logger: b.Log})
	if err != nil {
		return nil, err
	}
	kind := "embedded"
	if !server.Real() {
		kind = "miniredis"
	}
	b.RedisURL = server.URL()
	b.describe("Redis", kind, b.RedisURL)
	return server.Stop, nil
}

func (b *backends) stripe(context.Context) (process.Stop, error) {
	s := b.settings
	if s.StripeKey != "" {
		b.Stripe = config.Values{"STRIPE_SECRET_KEY": s.StripeKey, "STRIPE_API_URL": s.StripeURL, webhookSecret: s.StripeSecret}
		b.about = append(b.about, "Stripe      real")
		return nil, nil
	}
	listener, err := process.Listen("127.0.0.1", 0)
	if err != nil {
		return nil, err
	}
	sandbox, err := stripeserver.Open(stripeserver.Config{
		Path:          filepath.Join(s.DataDir, "stripe-sandbox.jsonl"),
		WebhookURL:    b.url + "/api/payments/webhook",
		WebhookSecret: b.secrets[webhookSecret], Logger: b.Log,
	})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	stop := b.Serve(listener, sandbox, time.Minute, 1024) // some cards say nothing for 30 s
	b.sandbox = sandbox
	b.Stripe = config.Values{"STRIPE_SECRET_KEY": "sk_test_sandbox", "STRIPE_API_URL": process.URL(listener), webhookSecret: b.secrets[webhookSecret]}
	b.about = append(b.about, "Stripe      sandbox   "+process.URL(listener)+"  (no money moves; cards: tok_visa, tok_chargeDeclined …)")
	return func(ctx context.Context) error { return errors.Join(sandbox.Close(ctx), stop(ctx)) }, nil
}

func (b *backends) mail(context.Context) (process.Stop, error) {
	site, err := url.Parse(people(b.url))
	if err != nil {
		return nil, err
	}
	b.Mail = config.Values{"MAIL_FROM": "Ticketing <tickets@localhost>", "TRUSTED_ORIGINS": site.Scheme + "://" + site.Host}
	if b.settings.SMTPURL != "" {
		b.describe("Mail", "real", b.settings.SMTPURL)
		return nil, nil
	}
	mailbox, err := mailserver.Open(mailserver.Config{Dir: filepath.Join(b.settings.DataDir, "mails"), Logger: b.Log})
	if err != nil {
		return nil, err
	}
	listener, err := process.Listen("127.0.0.1", 0)
	if err != nil {
		return nil, err
	}
	mailbox.Serve(listener)
	b.Mail["SMTP_URL"] = "smtp://" + listener.Addr().String() + "?tls=none"
	b.mailPath = site.Path + "/mailbox/"
	b.mailbox = mailbox.Handler(b.mailPath)
	b.about = append(b.about, fmt.Sprintf("%-11s %-9s %s/mailbox/  (no mail leaves this machine)", "Mail", "mailbox", site))
	return mailbox.Shutdown, nil
}

// people is an address of this host as people write it.
func people(url string) string { return strings.Replace(url, "127.0.0.1", "localhost", 1) }

// Package notifications tells people what happened, by mail, and their programs, by webhooks.
//
// Its promises: what causes a message causes it once, however often its event comes, in one transaction with what is copied from that event;
// a message that cannot be sent is tried again for days, and then, or when it is refused for good, is given up and kept with its reason: a mail
// as a dead letter, what is for a webhook in its user's list. No target that hangs or fails keeps messages to others waiting. A crash between sending and noting sends a mail twice, with the same Message-ID.
package notifications

import (
	"embed"
	"net/http"
	"sync"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/idempotency"
	"github.com/gittix/ticketing/shared/maillink"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/sealing"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/session/revocation"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Settings of the service.
type Settings struct {
	Database postgres.Settings
	Session  session.Settings
	Mails    MailSettings
	Links    maillink.Settings
	Webhooks WebhookSettings
}

// Notifications are the handlers.
type Notifications struct {
	db       *postgres.DB
	mails    MailSettings
	links    maillink.Keys
	now      func() time.Time
	channels map[string]channel
	metrics  metrics
	webhooks WebhookSettings
	sealing  sealing.Keys // of webhooks' secrets
	programs *http.Client // that calls webhooks
	warnOnce sync.Once    // that no mails are sent
}

// New returns the service. Nothing is connected yet.
func New(values config.Values) (function.Service, error) {
	settings, err := config.Fill[Settings](values)
	if err != nil {
		return function.Service{}, err
	}
	n, err := open(settings)
	if err != nil {
		return function.Service{}, err
	}
	return n.service(settings.Session.Keys()), nil
}

func open(settings Settings) (*Notifications, error) {
	db, err := postgres.Open(settings.Database.URL, postgres.Events(), revocation.Schema(), postgres.NewSchema("notifications", migrations))
	if err != nil {
		return nil, err
	}
	links, err := settings.Links.Keys()
	if err != nil {
		return nil, err
	}
	secrets, err := settings.Webhooks.Keys()
	if err != nil {
		return nil, err
	}
	n := &Notifications{
		db: db, mails: settings.Mails, links: links, now: time.Now,
		webhooks: settings.Webhooks, sealing: secrets, programs: newPublicClient(settings.Webhooks.WebhookAnywhere),
	}
	n.channels = map[string]channel{mailChannel: n.mailing(), webhookChannel: n.calling()}
	n.metrics = newMetrics(n.channels)
	return n, nil
}

func (n *Notifications) service(sessions session.Keys) function.Service {
	ended := revocation.New(n.db)
	guard := ended.Guard(sessions)
	keys := idempotency.New(n.db)
	const hooks = "/api/notifications/webhooks"
	return function.Service{
		Name:     "notifications",
		Settings: []any{postgres.Settings{}},
		Endpoints: []function.Endpoint{
			function.GET("get-waiting", "/api/notifications/waiting/{id}", n.GetWaiting).Under("/api/notifications/waiting").SignedIn(guard).
				Fails(apierror.ErrInvalidID),
			function.PUT("join-waiting", "/api/notifications/waiting/{id}", n.JoinWaiting).Under("/api/notifications/waiting").SignedIn(guard).Awaits(ErrTicketNotFound, n.db.Copies("tickets")).
				Fails(apierror.ErrInvalidID, ErrTicketNotFound, ErrOwnTicket, ErrAvailable, ErrOver, ErrTooManyLists),
			function.DELETE("leave-waiting", "/api/notifications/waiting/{id}", n.LeaveWaiting).Under("/api/notifications/waiting").SignedIn(guard).
				Fails(apierror.ErrInvalidID),
			function.GET("get-preferences", "/api/notifications/preferences", n.GetPreferences).SignedIn(guard),
			function.PUT("set-preferences", "/api/notifications/preferences", n.SetPreferences).SignedIn(guard).
				Fails(ErrInvalidPreferences),
			function.POST("stop-mails", "/api/notifications/unsubscribe", n.StopMails).Uses(maillink.Settings{}).
				Fails(ErrInvalidLink),
			function.Create("create-webhook", hooks, n.CreateWebhook).Under(hooks).Idempotent(keys).SignedIn(guard).Uses(WebhookSettings{}).
				Fails(ErrInvalidURL, ErrInvalidEvents, ErrNotConfirmed, ErrTooManyWebhooks),
			function.GET("list-webhooks", hooks, n.ListWebhooks).Under(hooks).SignedIn(guard),
			function.PATCH("change-webhook", hooks+"/{id}", n.ChangeWebhook).Under(hooks).SignedIn(guard).Uses(WebhookSettings{}).
				Fails(apierror.ErrInvalidID, ErrInvalidURL, ErrInvalidEvents, ErrWebhookNotFound, ErrNotConfirmed),
			function.POST("rotate-webhook-secret", hooks+"/{id}/rotate", n.RotateWebhookSecret).Under(hooks).Idempotent(keys).SignedIn(guard).Uses(WebhookSettings{}).
				Fails(apierror.ErrInvalidID, ErrWebhookNotFound),
			function.POST("end-webhook", hooks+"/{id}/end", n.EndWebhook).Under(hooks).SignedIn(guard).
				Fails(apierror.ErrInvalidID, ErrWebhookNotFound),
			function.GET("list-webhook-deliveries", hooks+"/{id}/deliveries", n.ListWebhookDeliveries).Under(hooks).SignedIn(guard).
				Fails(apierror.ErrInvalidID, ErrWebhookNotFound),
			function.Accept("resend-webhook-delivery", hooks+"/deliveries/{id}/send", n.ResendWebhookDelivery).Under(hooks).SignedIn(guard).
				Fails(apierror.ErrInvalidID, ErrDeliveryNotFound, ErrTooManyResends),
		},
		Consumers: []function.Consumer{
			function.On("copy-account", n.CopyAccount, event.AuthAccountChanged),
			function.On("request-mail", n.RequestMail, event.AuthMailRequested),
			function.On("note-ticket", n.NoteTicket, event.TicketCreated, event.TicketUpdated),
			function.On("note-order", n.NoteOrder, event.OrderCreated, event.OrderUpdated),
			ended.Consumer("end-mailing-sessions"),
		},
		Schedules: []function.Schedule{
			function.Every("send-mails", 2*time.Second, n.SendMails).Uses(MailSettings{}, maillink.Settings{}).Takes(runWithin, 0).DueAt(n.nextDue(mailChannel)),
			function.Every("send-webhooks", 2*time.Second, n.SendWebhooks).Uses(WebhookSettings{}).Takes(runWithin, 0).DueAt(n.nextDue(webhookChannel)),
			function.Every("sweep-deliveries", time.Hour, n.SweepDeliveries),
		},
		DeadLetters: n.db.DeadLetters(),
		Resend:      n.resend,
		Clock:       &n.now,
		Collectors:  n.collectors(),
		Restore:     n.restore(),
		Start:       n.db.Migrate,
		Ready:       n.db.Ready,
		Stop:        n.db.Close,
	}
}

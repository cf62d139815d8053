// Package tickets lets people offer tickets, change them while they are free, and look at them.
//
// Its promises: a ticket that an order holds does not change; the ticket is held by exactly those orders
// that are not cancelled, in any order of their events; every change is announced, but for what a ticket's buyer gets: that is
// stored encrypted, and shown to its seller, and to its buyer once it is paid, alone.
package tickets

import (
	"embed"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/idempotency"
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
	Limits   LimitSettings
	Sealing  AttachmentSettings
}

// Tickets are the handlers.
type Tickets struct {
	db     *postgres.DB
	limits LimitSettings
	now    func() time.Time

	sealing sealing.Keys
}

// New returns the service. Nothing is connected yet.
func New(values config.Values) (function.Service, error) {
	settings, err := config.Fill[Settings](values)
	if err != nil {
		return function.Service{}, err
	}
	db, err := postgres.Open(settings.Database.URL, postgres.Events(), revocation.Schema(), postgres.NewSchema("tickets", migrations))
	if err != nil {
		return function.Service{}, err
	}
	keys, err := settings.Sealing.Keys()
	if err != nil {
		return function.Service{}, err
	}
	t := &Tickets{db, settings.Limits, time.Now, keys}
	ended := revocation.New(db)
	guard := ended.Guard(settings.Session.Keys()).For(session.Sell)
	return function.Service{
		Name:     "tickets",
		Settings: []any{postgres.Settings{}},
		Endpoints: []function.Endpoint{
			function.GET("list-tickets", "/api/tickets", t.ListTickets).ForEveryone().
				Fails(apierror.ErrInvalidQuery),
			function.GET("get-ticket", "/api/tickets/{id}", t.GetTicket).ForEveryone().
				Fails(apierror.ErrInvalidID, ErrNotFound),
			function.Create("create-ticket", "/api/tickets", t.CreateTicket).Idempotent(idempotency.New(db)).SignedIn(guard).Uses(LimitSettings{}).
				Fails(ErrInvalidTitle, ErrInvalidPrice, ErrInvalidDescription, ErrInvalidStartsAt, ErrInvalidTimeZone, ErrInvalidVenue, ErrInvalidCategory, ErrTooManyTickets),
			function.PUT("update-ticket", "/api/tickets/{id}", t.UpdateTicket).SignedIn(guard).Uses(LimitSettings{}).
				Fails(ErrInvalidTitle, ErrInvalidPrice, ErrInvalidDescription, ErrInvalidStartsAt, ErrInvalidTimeZone, ErrInvalidVenue, ErrInvalidCategory, apierror.ErrInvalidID, ErrNotFound, ErrReserved, ErrWithdrawn, ErrTooManyChanges),
			function.DELETE("withdraw-ticket", "/api/tickets/{id}", t.WithdrawTicket).SignedIn(guard).Uses(LimitSettings{}).
				Fails(apierror.ErrInvalidID, ErrNotFound, ErrReserved, ErrTooManyChanges),
			function.PUT("set-attachment", "/api/tickets/{id}/attachment", t.SetAttachment).SignedIn(guard).Uses(LimitSettings{}, AttachmentSettings{}).
				Fails(ErrInvalidText, apierror.ErrInvalidID, ErrNotFound, ErrReserved, ErrWithdrawn, ErrTooManyChanges),
			function.GET("get-attachment", "/api/tickets/{id}/attachment", t.GetAttachment).SignedIn(guard).Uses(AttachmentSettings{}).
				Fails(apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToRead, ErrNoAttachment),
		},
		Consumers: []function.Consumer{
			function.OnBatch("hold-ticket", t.HoldTicket, event.OrderCreated, event.OrderUpdated),
			ended.Consumer("end-tickets-sessions"),
		},
		Schedules: []function.Schedule{
			function.Every("sweep-tickets-outbox", time.Hour, t.SweepTickets),
		},
		Outbox:      db.Outbox(),
		DeadLetters: db.DeadLetters(),
		Clock:       &t.now,
		Collectors:  db.Collectors(),
		Restore:     t.restore(),
		Start:       db.Migrate,
		Ready:       db.Ready,
		Stop:        db.Close,
	}, nil
}

// Package orders reserves tickets.
//
// Its promises: a ticket has at most one order that is not cancelled (by a unique index, not by
// a check before the insert); an order that is not paid when its time is up is cancelled, with or without the
// scheduler, but not under a payment of it, for a grace that it has once; a payment either completes its order or is rejected, so
// that its money goes back; a paid order has a pass, which anyone can verify, nobody else can make, and the ticket's seller marks as used, once.
package orders

import (
	"embed"
	"errors"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/idempotency"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/session/revocation"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Settings of the service.
type Settings struct {
	Database postgres.Settings
	Session  session.Settings
	Hold     HoldSettings
	Grace    GraceSettings
	Limits   LimitSettings
	Pass     PassSettings
	PassKeys PassKeySettings
}

// HoldSettings are for the functions that reserve a ticket.
type HoldSettings struct {
	Minutes       float64 `env:"EXPIRATION_ORDER_MINUTES" envDefault:"15"` // how long an order holds its ticket; may be a fraction
	MaxExtensions int     `env:"MAX_HOLD_EXTENSIONS" envDefault:"1"`       // how often an order may be extended
}

// GraceSettings are for the functions that end orders whose time is up.
type GraceSettings struct {
	Payment time.Duration `env:"EXPIRATION_PAYMENT_GRACE" envDefault:"30s"` // how much longer an order is kept, once, while a payment of it is under way; 0: never
}

// Validate checks the ranges.
func (s *Settings) Validate() error {
	if !(s.Hold.Minutes > 0 && s.Hold.Minutes <= 7*24*60) {
		return errors.New("EXPIRATION_ORDER_MINUTES must be above 0 and at most a week")
	}
	if s.Hold.MaxExtensions < 0 {
		return errors.New("MAX_HOLD_EXTENSIONS must be at least 0")
	}
	if s.Grace.Payment < 0 || s.Grace.Payment > 10*time.Minute {
		return errors.New("EXPIRATION_PAYMENT_GRACE must be at least 0 and at most 10m")
	}
	return s.Limits.validate()
}

// Orders are the handlers.
type Orders struct {
	db            *postgres.DB
	hold          time.Duration
	maxExtensions int
	grace         time.Duration
	limits        LimitSettings
	passKeys      passKeys
	now           func() time.Time
	metrics       metrics
}

// New returns the service. Nothing is connected yet.
func New(values config.Values) (function.Service, error) {
	settings, err := config.Fill[Settings](values)
	if err != nil {
		return function.Service{}, err
	}
	db, err := postgres.Open(settings.Database.URL, postgres.Events(), revocation.Schema(), postgres.NewSchema("orders", migrations))
	if err != nil {
		return function.Service{}, err
	}
	passKeys, err := newPassKeys(settings.Pass, settings.PassKeys)
	if err != nil {
		return function.Service{}, err
	}
	o := &Orders{
		db:            db,
		hold:          time.Duration(settings.Hold.Minutes * float64(time.Minute)),
		maxExtensions: settings.Hold.MaxExtensions,
		grace:         settings.Grace.Payment,
		limits:        settings.Limits,
		passKeys:      passKeys,
		now:           time.Now,
		metrics:       newMetrics(),
	}
	return o.service(settings.Session.Keys()), nil
}

func (o *Orders) service(verify session.Keys) function.Service {
	ended := revocation.New(o.db)
	guard := ended.Guard(verify).For(session.Buy)
	seller := guard.For(session.Sell)
	keys := idempotency.New(o.db)
	return function.Service{
		Name:     "orders",
		Settings: []any{postgres.Settings{}},
		Endpoints: []function.Endpoint{
			function.Create("create-order", "/api/orders", o.CreateOrder).Idempotent(keys).SignedIn(guard).Uses(HoldSettings{}, LimitSettings{}).Awaits(ErrTicketNotFound, o.db.Copies("tickets")).
				Fails(ErrInvalidTicketID, ErrTicketNotFound, ErrOwnTicket, ErrTooManyOpen, ErrTooManyOrders, ErrTooManyHolds, ErrReserved, ErrWithdrawn, ErrBegun),
			function.GET("list-orders", "/api/orders", o.ListOrders).SignedIn(guard).
				Fails(apierror.ErrInvalidQuery),
			function.GET("get-order", "/api/orders/{id}", o.GetOrder).SignedIn(guard).Uses(HoldSettings{}).
				Fails(apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToView),
			function.PATCH("cancel-order", "/api/orders/{id}", o.CancelOrder).SignedIn(guard).
				Fails(apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToEnd, ErrComplete, ErrNotCancellable),
			function.POST("extend-order", "/api/orders/{id}/extend", o.ExtendOrder).Idempotent(keys).SignedIn(guard).Uses(HoldSettings{}).
				Fails(apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToKeep, ErrNotExtendable),
			function.GET("get-pass", "/api/orders/{id}/pass", o.GetPass).SignedIn(guard).Uses(PassSettings{}).
				Fails(apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToView, ErrNoPass),
			function.GET("get-pass-keys", "/api/orders/pass-key", o.GetPassKeys).ForEveryone().Uses(PassKeySettings{}),
			function.POST("check-pass", "/api/orders/pass/check", o.CheckPass).Under("/api/orders/pass").Uses(PassKeySettings{}).
				Fails(ErrInvalidCode, ErrUnknownKey, ErrForged, ErrNotFound),
			function.POST("use-pass", "/api/orders/pass/use", o.UsePass).Under("/api/orders/pass").Idempotent(keys).SignedIn(seller).Uses(PassKeySettings{}).
				Fails(ErrInvalidCode, ErrUnknownKey, ErrForged, ErrNotFound, ErrNotYoursToUse, ErrPassUsed, ErrPassVoid),
			function.POST("refund-order", "/api/orders/{id}/refund", o.RefundOrder).Idempotent(keys).SignedIn(seller).
				Fails(apierror.ErrInvalidQuery, apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToRefund, ErrBegun, ErrNotRefundable),
			function.GET("list-sales", "/api/orders/sales", o.ListSales).Under("/api/orders/sales").SignedIn(guard).
				Fails(apierror.ErrInvalidQuery),
			function.GET("get-sales", "/api/orders/sales/summary", o.GetSales).Under("/api/orders/sales").SignedIn(guard),
		},
		Consumers: []function.Consumer{
			function.OnBatch("copy-ticket", o.CopyTicket, event.TicketCreated, event.TicketUpdated),
			function.OnBatch("expire-order", o.ExpireOrder, event.ExpirationComplete).Uses(GraceSettings{}),
			function.On("complete-order", o.CompleteOrder, event.PaymentCreated),
			function.On("note-refund", o.NotePayment, event.PaymentRefunded).Uses(GraceSettings{}), // not one with the next: brokers would keep its group, and its dead letters could not be replayed
			function.On("note-payment", o.NotePayment, event.PaymentUpdated).Uses(GraceSettings{}),
			ended.Consumer("end-orders-sessions"),
		},
		Schedules: []function.Schedule{
			function.Every("sweep-overdue", 15*time.Second, o.SweepOverdue).Uses(GraceSettings{}).DueAt(o.nextOverdue),
			function.Every("sweep-orders-outbox", time.Hour, o.db.SweepOutbox),
		},
		Outbox:      o.db.Outbox(),
		DeadLetters: o.db.DeadLetters(),
		Clock:       &o.now,
		Collectors:  o.collectors(),
		Restore:     o.restore(),
		Start:       o.db.Migrate,
		Ready:       o.db.Ready,
		Stop:        o.db.Close,
	}
}

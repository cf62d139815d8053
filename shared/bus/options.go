package bus

import (
	"cmp"
	"log/slog"
	"time"
)

// Options tune a Bus. The zero value of each field means its default.
type Options struct {
	// Logger gets losses, recoveries and failed attempts. Default: none of it is logged.
	Logger *slog.Logger
	// AckWait is how long one attempt may take; the broker sends a message again that got no answer for so long.
	// Default: 10 s. Brokers may round it up to whole seconds.
	AckWait time.Duration
	// MaxDeliveries is how many failures send a message to the dead letters. Default: 10.
	MaxDeliveries int
	// GiveUp is the age from which a message goes to the dead letters for temporary errors, too, once it was delivered MaxDeliveries
	// times. Default: 24 h.
	GiveUp time.Duration
	// Concurrency is that of subscriptions that name none. Default: 16.
	Concurrency int
	// PublishWait is how long Publish waits at most for the broker's answer. Default: 5 s.
	PublishWait time.Duration
	// Missed is told of a group that was away for so long that the broker may have discarded messages that it had not got.
	// They have to be published again. Default: it is only logged.
	Missed func(group, subject string)
}

func (o Options) withDefaults() Options {
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	o.AckWait = cmp.Or(max(o.AckWait, 0), 10*time.Second)
	o.MaxDeliveries = cmp.Or(max(o.MaxDeliveries, 0), 10)
	o.GiveUp = cmp.Or(max(o.GiveUp, 0), 24*time.Hour)
	o.Concurrency = cmp.Or(max(o.Concurrency, 0), 16)
	if o.Missed == nil {
		o.Missed = func(string, string) {}
	}
	o.PublishWait = cmp.Or(max(o.PublishWait, 0), 5*time.Second)
	return o
}

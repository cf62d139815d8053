package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/event"
)

// maxPending is how many messages of one group may be under way or waiting to come again, over all members.
// With so many failing at once there is no sense in starting more.
const maxPending = 1000

const (
	updateWithin = 2 * time.Second // for changing a stream: a server says nothing to those who may not
	updateAgain  = time.Hour       // after one that failed
)

// noRoom is the server's error for a stream whose MaxBytes are more than it has room for.
const noRoom jetstream.ErrorCode = 10047

// subjects are those of all events: the name of a service before the dot.
func subjects() (all []string) {
	for _, e := range event.All() {
		service, _, _ := strings.Cut(e.Type, ".")
		if subject := service + ".>"; !slices.Contains(all, subject) {
			all = append(all, subject)
		}
	}
	return all
}

// ensureStream creates the stream if it is missing, and changes one that lacks limits or subjects. Without them it can be used, so
// who may not change it goes on, and tries again after updateAgain at the earliest.
func (d *Driver) ensureStream(ctx context.Context, js jetstream.JetStream) (jetstream.Stream, error) {
	stream, err := js.Stream(ctx, d.cfg.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		wanted, _ := d.complete(jetstream.StreamConfig{
			Name: d.cfg.Stream, Storage: jetstream.FileStorage, Replicas: d.cfg.Replicas, MaxBytes: -1,
		})
		stream, err = d.fitting(ctx, wanted, js.CreateStream)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was faster
			stream, err = js.Stream(ctx, d.cfg.Stream)
		}
	}
	if err != nil {
		return nil, err
	}
	wanted, changed := d.complete(stream.CachedInfo().Config)
	if !changed || time.Since(time.Unix(0, d.refusedAt.Load())) < updateAgain {
		return stream, nil
	}
	ctx, cancel := context.WithTimeout(ctx, updateWithin)
	defer cancel()
	updated, err := d.fitting(ctx, wanted, js.UpdateStream)
	if err != nil {
		d.refusedAt.Store(time.Now().UnixNano())
		d.cfg.Logger.Warn("jetstream: the stream lacks limits or subjects and could not be changed: its operator has to do it",
			"stream", d.cfg.Stream, "max_age", wanted.MaxAge, "max_bytes", wanted.MaxBytes, "subjects", wanted.Subjects, "error", err)
		return stream, nil
	}
	return updated, nil
}

// complete adds what a stream lacks: subjects, limits, and that a full one discards the oldest. Limits that the operator has given
// stay, unless the Config has its own.
func (d *Driver) complete(c jetstream.StreamConfig) (wanted jetstream.StreamConfig, changed bool) {
	changed = c.Discard != jetstream.DiscardOld
	c.Discard = jetstream.DiscardOld
	c.Subjects = slices.Clone(c.Subjects)
	for _, subject := range subjects() {
		if !slices.Contains(c.Subjects, subject) {
			c.Subjects, changed = append(c.Subjects, subject), true
		}
	}
	if age := d.cfg.MaxAge; c.MaxAge <= 0 || age > 0 && age != c.MaxAge {
		if c.MaxAge, changed = age, true; age == 0 {
			c.MaxAge = DefaultMaxAge
		}
		c.Duplicates = min(c.Duplicates, c.MaxAge)
	}
	if bytes := d.cfg.MaxBytes; c.MaxBytes <= 0 || bytes > 0 && bytes != c.MaxBytes {
		if c.MaxBytes, changed = bytes, true; bytes == 0 {
			c.MaxBytes = DefaultMaxBytes
		}
	}
	return c, changed
}

// fitting applies a configuration. Where the server has no room for the default limit, a part of it has to do.
func (d *Driver) fitting(
	ctx context.Context, c jetstream.StreamConfig, apply func(context.Context, jetstream.StreamConfig) (jetstream.Stream, error),
) (jetstream.Stream, error) {
	for {
		stream, err := apply(ctx, c)
		var refusal *jetstream.APIError
		if !errors.As(err, &refusal) || refusal.ErrorCode != noRoom {
			return stream, err
		}
		if d.cfg.MaxBytes > 0 || c.MaxBytes < DefaultMaxBytes>>10 {
			return nil, fmt.Errorf("the server has no room for max_bytes=%d: %w", c.MaxBytes, err)
		}
		c.MaxBytes /= 2
	}
}

// consumerConfig is the durable for one group and subject. A group that is new starts with the oldest message.
func consumerConfig(want bus.ConsumerConfig) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       DurableName(want.Group, want.Subject),
		FilterSubject: want.Subject,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       want.AckWait,
		MaxDeliver:    -1, // the Bus counts
		MaxAckPending: maxPending,
	}
}

// DurableName is different for every pair of group and subject: neither can contain the signs put between.
func DurableName(group, subject string) string {
	return group + "=" + strings.ReplaceAll(subject, ".", "~")
}

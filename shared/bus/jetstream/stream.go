package jetstream

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/event"
)

// maxPending is how many messages of one group may be under way or waiting to come again, over all members.
// With so many failing at once there is no sense in starting more.
const maxPending = 1000

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

// ensureStream creates the stream if it is missing, and adds subjects that it lacks.
func (d *Driver) ensureStream(ctx context.Context, js jetstream.JetStream) error {
	stream, err := js.Stream(ctx, d.cfg.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = js.CreateStream(ctx, jetstream.StreamConfig{
			Name:     d.cfg.Stream,
			Subjects: subjects(),
			Storage:  jetstream.FileStorage,
			Replicas: d.cfg.Replicas,
			MaxAge:   d.cfg.MaxAge,
		})
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was faster
			stream, err = js.Stream(ctx, d.cfg.Stream)
		}
	}
	if err != nil {
		return err
	}
	settings := stream.CachedInfo().Config
	had := len(settings.Subjects)
	for _, subject := range subjects() {
		if !slices.Contains(settings.Subjects, subject) {
			settings.Subjects = append(settings.Subjects, subject)
		}
	}
	if len(settings.Subjects) == had {
		return nil
	}
	_, err = js.UpdateStream(ctx, settings)
	return err
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

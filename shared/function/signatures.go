package function

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/outbox"
	"github.com/gittix/ticketing/shared/securitylog"
)

// SignatureSettings are what a consumer does with events that have no signature.
type SignatureSettings struct {
	Signatures signaturePolicy `env:"EVENT_SIGNATURES" envDefault:"required"` // required; or optional, during an update from a version that does not sign events
}

type signaturePolicy string

// UnmarshalText refuses what is no policy.
func (p *signaturePolicy) UnmarshalText(b []byte) error {
	if *p = signaturePolicy(b); *p != "required" && *p != "optional" {
		return errors.New("want required or optional")
	}
	return nil
}

// shortestKey is in bytes.
const shortestKey = 32

// KeySetting names the setting that holds a publisher's keys.
func KeySetting(publisher string) string {
	return "EVENT_KEY_" + strings.ToUpper(strings.ReplaceAll(publisher, "-", "_"))
}

// keySettings describe the settings that hold the publishers' keys, each by a struct that is made for it.
func keySettings(publishers ...string) []any {
	var all []any
	for _, p := range publishers {
		tag := fmt.Sprintf(`env:"%s" required:"true" secret:"true" example:"%s" comment:"signs the events of %s: at least %d bytes, the same for it and its consumers; of several, with white space between, the first signs and all verify"`,
			KeySetting(p), strings.Repeat("k", shortestKey), p, shortestKey)
		all = append(all, reflect.Zero(reflect.StructOf([]reflect.StructField{
			{Name: "Keys", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(tag)},
		})).Interface())
	}
	return all
}

// publishers are those of events of these types, each once.
func publishers(types []string) []string {
	var all []string
	for _, t := range types {
		if p := event.Publisher(t); !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// readSignatures gives the service the keys of its own events, and of those that its consumers take.
// Errors: settings that are malformed. One that is missing is Open's to say.
func (s *Service) readSignatures(values config.Values) error {
	settings, err := config.Parse[SignatureSettings](values)
	if err != nil {
		return err
	}
	var types []string
	for _, c := range s.Consumers {
		types = append(types, c.Types...)
	}
	if s.Outbox != nil {
		types = append(types, s.Name)
	}
	keys := map[string][]string{}
	for _, p := range publishers(types) {
		name := KeySetting(p)
		keys[p] = strings.Fields(values[name])
		if slices.ContainsFunc(keys[p], func(key string) bool { return len(key) < shortestKey }) {
			return fmt.Errorf("config: %s: a key needs at least %d bytes", name, shortestKey)
		}
	}
	s.Sign(event.Signatures{Keys: keys, Optional: settings.Signatures == "optional"})
	return nil
}

// Sign has the service sign its events, and verify those that it consumes.
func (s *Service) Sign(with event.Signatures) {
	s.Signatures = with
	if signer, ok := s.Outbox.(outbox.Signer); ok {
		signer.SignWith(with)
	}
}

// verify returns the event in data, if its publisher signed it. Errors: one for which IsReject holds, with what there is of the event.
func (s Service) verify(data []byte) (event.Event, error) {
	e, err := event.Decode(data)
	if err != nil {
		return e, Reject(err)
	}
	genuine, err := s.Signatures.Verify(e)
	if err != nil {
		return e, Reject(err)
	}
	return genuine, nil
}

// forged notes that an event is not genuine, or malformed. It is not kept: anybody could fill the dead letters with such, and a replay
// would bring it back. A genuine one, which wrong keys make look like it, is in its publisher's outbox still.
func (r Runner) forged(ctx context.Context, s Service, c Consumer, e event.Event, err error) error {
	why := "malformed"
	switch {
	case errors.Is(err, event.ErrUnsigned):
		why = "no signature"
	case errors.Is(err, event.ErrWrongSignature):
		why = "a wrong signature"
	}
	securitylog.Note(securitylog.NewContext(ctx, r.security(s.Name, c.Name)), securitylog.EventRefused,
		slog.String("why", why), slog.String("type", short(e.Type())), slog.String("source", short(e.Source())))
	r.Metrics.Events.WithLabelValues(s.Name, c.Name, "refused").Inc()
	return err
}

// short is as much of a text as a line of the log bears.
func short(text string) string { return text[:min(len(text), 64)] }

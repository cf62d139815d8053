package dispatcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/gittix/ticketing/shared/event"
)

// target is where events are consumed.
type target interface {
	// deliver returns nil once the target has done with the event; errRejected if it has put it among its
	// dead letters; unavailable if it is not known that the event reached its consumer, or the consumer lacks what it depends on;
	// and any other error if the consumer itself says that it failed.
	deliver(ctx context.Context, e event.Event) error
}

var errRejected = errors.New("rejected: it is among the consumer's dead letters")

// unavailable says that a target should be asked again, after a pause if it named one.
type unavailable struct {
	cause error
	pause time.Duration
}

func (u unavailable) Error() string { return u.cause.Error() }
func (u unavailable) Unwrap() error { return u.cause }

// Temporary makes the bus retry until BUS_GIVE_UP.
func (unavailable) Temporary() bool { return true }

// sink stands for K_SINK in settings.
const sink = "$K_SINK"

// targets opens targets. Those of a kind share their connections.
type targets struct {
	settings Settings
	client   *http.Client
	lambda   *lambda.Client
}

// open returns the target at lambda:<function>, http://…, https://… or $K_SINK.
func (t *targets) open(ctx context.Context, consumer, address string) (target, error) {
	if name, ok := strings.CutPrefix(address, "lambda:"); ok {
		if name == "" || strings.Contains(name, "{") || consumer == everyone {
			return nil, errors.New("want lambda:<function>, in DISPATCH_TARGET with {consumer} in the name")
		}
		if t.lambda == nil {
			var err error
			if t.lambda, err = newLambdaClient(ctx, t.settings.LambdaURL); err != nil {
				return nil, err
			}
		}
		return lambdaFunction{name, consumer, t.lambda}, nil
	}
	if t.client == nil {
		t.client = newClient()
	}
	if address == sink {
		extensions, err := t.settings.extensions()
		if err != nil {
			return nil, err
		}
		if !isHTTP(t.settings.Sink) {
			return nil, errors.New("K_SINK is not an http:// or https:// URL; is a SinkBinding there?")
		}
		return endpoint{url: t.settings.Sink, client: t.client, extensions: extensions, broker: true}, nil
	}
	if !isHTTP(address) {
		return nil, errors.New("want lambda:<function>, http://…, https://… or " + sink)
	}
	return endpoint{url: address, client: t.client, broker: consumer == everyone}, nil
}

func isHTTP(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && !strings.ContainsAny(address, "{} ")
}

// extensions returns what K_CE_OVERRIDES adds to every event.
func (s Settings) extensions() (map[string]string, error) {
	var overrides struct {
		Extensions map[string]string `json:"extensions"`
	}
	if s.Overrides == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(s.Overrides), &overrides); err != nil {
		return nil, fmt.Errorf("K_CE_OVERRIDES: %w", err)
	}
	for name := range overrides.Extensions {
		if !event.IsExtension(name) {
			return nil, fmt.Errorf("K_CE_OVERRIDES: %q cannot be the name of an extension", name)
		}
	}
	return overrides.Extensions, nil
}

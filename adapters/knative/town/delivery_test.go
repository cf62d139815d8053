package town_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// delivery is a Trigger's DeliverySpec.
type delivery struct {
	retry         int           // attempts after the first
	backoffDelay  time.Duration // before the first retry; twice as much before each that follows
	linear        bool          // or nothing before the first, and backoffDelay more before each that follows
	retryAfterMax time.Duration // 0: Retry-After is not heeded, as long as that is an experiment of Knative's
	deadLetters   string        // URL of the dead-letter sink; empty: none
}

// longData is how much of knativeerrordata is kept, in bytes.
const longData = 1024

// outcome is that of an attempt.
type outcome struct {
	status     int // of the answer; 500 where there was none
	body       []byte
	retryAfter string
	unclear    bool // the filter tells the channel nothing but the status
}

func (o outcome) good() bool { return o.status >= 200 && o.status < 300 }

// again tells whether another attempt may help.
func (o outcome) again() bool {
	switch o.status {
	case http.StatusNotFound, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	}
	return o.status >= http.StatusInternalServerError
}

// pause returns how long to wait after attempt n, from 0 on.
func (d delivery) pause(n int, o outcome) time.Duration {
	pause := d.backoffDelay << n
	if d.linear {
		pause = d.backoffDelay * time.Duration(n)
	}
	if o.status == http.StatusTooManyRequests || o.status == http.StatusServiceUnavailable {
		if seconds, err := strconv.Atoi(o.retryAfter); err == nil { // a date is as good there, but nobody sends one here
			pause = max(pause, min(time.Duration(seconds)*time.Second, d.retryAfterMax))
		}
	}
	return pause
}

// deliver brings an event to the subscriber, or else to the dead-letter sink, each as often as the delivery says.
func (b *broker) deliver(ctx context.Context, t trigger, e cloudEvent) error {
	o, err := t.delivery.insist(ctx, func() outcome { return b.filter(ctx, t.subscriber, e) })
	if err != nil || o.good() {
		return err
	}
	if t.delivery.deadLetters == "" {
		return fmt.Errorf("%s answered %d", t.subscriber, o.status)
	}
	dead := e
	if !o.unclear {
		data := base64.StdEncoding.EncodeToString(o.body)
		dead = e.with(map[string]string{
			"knativeerrordest": t.subscriber, "knativeerrorcode": strconv.Itoa(o.status), "knativeerrordata": data[:min(len(data), longData)],
		})
	}
	last, err := t.delivery.insist(ctx, func() outcome { return b.post(ctx, t.delivery.deadLetters, dead, "") })
	if err != nil || last.good() {
		return err
	}
	return fmt.Errorf("%s answered %d, and the dead-letter sink %d", t.subscriber, o.status, last.status)
}

func (d delivery) insist(ctx context.Context, attempt func() outcome) (o outcome, err error) {
	for n := 0; ; n++ {
		if o = attempt(); !o.again() || n == d.retry {
			return o, ctx.Err()
		}
		select {
		case <-time.After(d.pause(n, o)):
		case <-ctx.Done():
			return o, ctx.Err()
		}
	}
}

// filter stands between channel and subscriber: an answer must be empty or an event.
func (b *broker) filter(ctx context.Context, url string, e cloudEvent) outcome {
	o := b.post(ctx, url, e.with(map[string]string{"knativebrokerttl": ""}), "reply")
	if o.good() && len(o.body) > 0 {
		return outcome{status: http.StatusBadGateway, unclear: true}
	}
	return o
}

// post makes one attempt.
func (b *broker) post(ctx context.Context, url string, e cloudEvent, prefer string) outcome {
	o, err := b.send(ctx, url, e, prefer)
	if err != nil {
		return outcome{status: http.StatusInternalServerError, body: []byte("dispatch error: " + err.Error())}
	}
	return o
}

func (b *broker) send(ctx context.Context, url string, e cloudEvent, prefer string) (outcome, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(e.data))
	if err != nil {
		return outcome{}, err
	}
	r.Header = e.header.Clone()
	r.Header.Set("Kn-Namespace", "ticketing")
	if prefer != "" {
		r.Header.Set("Prefer", prefer)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		return outcome{}, err
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	if answer.Header.Get("ce-specversion") != "" {
		return outcome{}, errors.New("it replies with an event, which this broker does not know what to do with")
	}
	body, err := io.ReadAll(answer.Body)
	return outcome{status: answer.StatusCode, body: body, retryAfter: answer.Header.Get("Retry-After")}, err
}

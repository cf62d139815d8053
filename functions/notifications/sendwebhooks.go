package notifications

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

const (
	webhookChannel = "webhook"
	webhookWithin  = 10 * time.Second   // one call, with its answer
	disabledAfter  = 3 * 24 * time.Hour // of failures without a success
)

// calling is how webhooks are called: one that fails or hangs keeps no other waiting.
func (n *Notifications) calling() channel {
	return channel{name: webhookChannel, timeout: webhookWithin + noteWithin, retryFor: 24 * time.Hour, shown: true, send: n.sendWebhook}
}

// SendWebhooks calls the webhooks that have messages. A call whose answer was not noted is made again, with the same webhook-id, by which the program
// that gets it knows.
//
// Errors: apierror.Unavailable.
func (n *Notifications) SendWebhooks(ctx context.Context) error {
	return n.run(ctx, n.channels[webhookChannel])
}

// sendWebhook makes one call. Errors: notNeeded; paused: the webhook has failed; any other is ours.
func (n *Notifications) sendWebhook(ctx context.Context, d delivery) error {
	id, err := d.id()
	if err != nil {
		return err
	}
	hook, err := postgres.One(ctx, n.db, func(row pgx.CollectableRow) (w calledWebhook, err error) {
		return w, row.Scan(&w.ID, &w.URL, &w.FailingSince, &w.failures)
	}, `SELECT id, url, failing_since, failures FROM webhooks w
		WHERE id = $1 AND enabled AND ($2 OR EXISTS (SELECT FROM accounts a WHERE a.user_id = w.user_id AND confirmed))`, id, n.webhooks.From.Address == "")
	if err != nil {
		return postgres.NoRows(err, notNeeded("the webhook was paused, disabled or ended, or its user's address is not confirmed"))
	}
	secrets, err := n.secrets(ctx, hook.ID)
	if err != nil {
		return err
	}
	calling, cancel := context.WithTimeout(ctx, webhookWithin)
	failed := n.call(calling, hook.URL, secrets, d)
	cancel()
	switch {
	case isRefused(failed), failed == nil && hook.FailingSince == nil:
		return failed
	case failed == nil:
		if err := freeTarget(ctx, n.db, d, hook.ID, n.now()); err != nil { // the next call is as good
			function.Log(ctx).WarnContext(ctx, "a webhook works again, and it was not noted", "webhook", hook.ID, "error", err)
		}
		return nil
	case errors.Is(failed, errGone), hook.FailingSince != nil && d.Attempts > 1 && n.now().Sub(hook.FailingSince.Time) >= disabledAfter:
		if err := n.disable(ctx, d, hook, failed); err != nil {
			return err
		}
		return notNeeded(disabledBecause + failed.Error())
	}
	return n.failTarget(ctx, hook, failed)
}

// disabledBecause begins the reason of messages to a webhook that was disabled.
const disabledBecause = "the webhook was disabled: "

// calledWebhook is a webhook that is called.
type calledWebhook struct {
	ID           int32
	URL          string
	FailingSince *timestamp.Time
	failures     int
}

// errGone says that a webhook wants no more calls.
var errGone = errors.New("it answered 410: it wants no more calls")

// call sends a message. What it may answer is not read. Errors: refused, of a message that cannot be made; any other says what the webhook did.
func (n *Notifications) call(ctx context.Context, url string, secrets []string, d delivery) error {
	sum, at := sha256.Sum256([]byte(d.Key)), strconv.FormatInt(n.now().Unix(), 10)
	id, body := "msg_"+hex.EncodeToString(sum[:16]), string(d.Data)
	signed, err := signatures(secrets, id, at, body)
	if err != nil {
		return refused(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return refused(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "User-Agent": {"ticketing-webhooks"}}
	for name, value := range map[string]string{"webhook-id": id, "webhook-timestamp": at, "webhook-signature": signed} {
		r.Header.Set(name, value)
	}
	answer, err := n.programs.Do(r)
	if err != nil {
		return unreached(err)
	}
	_ = answer.Body.Close() // unread
	switch {
	case answer.StatusCode/100 == 2:
		return nil
	case answer.StatusCode == http.StatusGone:
		return errGone
	case answer.StatusCode/100 == 3:
		return fmt.Errorf("it answered %d: redirects are not followed", answer.StatusCode)
	}
	return fmt.Errorf("it answered %d", answer.StatusCode)
}

// disable stops the calls of a webhook, drops what waits for it, and tells its user, once within an hour, because of a message that has failed.
func (n *Notifications) disable(ctx context.Context, d delivery, hook calledWebhook, failed error) error {
	return n.transaction(ctx, func(tx postgres.Tx) error {
		user, err := postgres.All(ctx, tx, pgx.RowTo[int32], `UPDATE webhooks SET enabled = false WHERE id = $1 AND enabled RETURNING user_id`, hook.ID)
		if err != nil || len(user) == 0 {
			return err
		}
		data, err := json.Marshal(webhookData{WebhookID: hook.ID, URL: hook.URL})
		if err != nil {
			return err
		}
		now := n.now()
		_, err = tx.Exec(ctx, `
			INSERT INTO deliveries (channel, target, kind, key, data, consumer, event, due_at, until, created_at)
			SELECT $2, $3, $4, $5, $6, consumer, event, $7, $8, $7 FROM deliveries WHERE id = $1 ON CONFLICT (key) DO NOTHING`,
			d.ID, mailChannel, toUser(user[0]), disabledKind, hourly(disabledKind, user[0], now), data, now, now.Add(n.channels[mailChannel].retryFor))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE deliveries SET state = 'dropped', reason = $4, ended_at = $5 WHERE channel = $1 AND target = $2 AND state = 'waiting' AND id <> $3`,
			webhookChannel, d.Target, d.ID, disabledBecause+failed.Error(), now)
		return err
	})
}

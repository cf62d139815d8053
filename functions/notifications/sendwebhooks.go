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

	"github.com/gittix/ticketing/shared/postgres"
)

const (
	webhookChannel = "webhook"
	webhookWithin  = 10 * time.Second   // one call, with its answer
	disabledAfter  = 3 * 24 * time.Hour // of failures without a success
)

// calling is how webhooks are called: one that fails or hangs keeps no other waiting.
func (n *Notifications) calling() channel {
	return channel{name: webhookChannel, timeout: webhookWithin + noteWithin, retryFor: 24 * time.Hour, together: true, send: n.sendWebhook}
}

// SendWebhooks calls the webhooks that have messages. A call whose answer was not noted is made again, with the same webhook-id, by which the program
// that gets it knows.
//
// Errors: apierror.Unavailable.
func (n *Notifications) SendWebhooks(ctx context.Context) error {
	return n.run(ctx, n.channels[webhookChannel])
}

// sendWebhook makes one call, and notes for how long the webhook has failed. Errors: notNeeded; any other: it failed.
func (n *Notifications) sendWebhook(ctx context.Context, d delivery) error {
	hook, err := postgres.One(ctx, n.db, pgx.RowToStructByPos[Webhook], `SELECT `+webhookColumns+` FROM webhooks WHERE 'webhook/' || id = $1 AND enabled`, d.Target)
	if err != nil {
		return postgres.NoRows(err, notNeeded("the webhook was disabled or ended"))
	}
	secrets, err := n.secrets(ctx, hook.ID)
	if err != nil {
		return err // ours, not the webhook's
	}
	calling, cancel := context.WithTimeout(ctx, webhookWithin)
	failed := n.call(calling, hook.URL, secrets, d)
	cancel()
	switch {
	case failed == nil && hook.FailingSince != nil:
		_, err = n.db.Exec(ctx, `UPDATE webhooks SET failing_since = NULL WHERE id = $1`, hook.ID)
	case errors.Is(failed, errGone), failed != nil && hook.FailingSince != nil && n.now().Sub(hook.FailingSince.Time) >= disabledAfter:
		err = n.disable(ctx, d, hook)
	case failed != nil && hook.FailingSince == nil:
		_, err = n.db.Exec(ctx, `UPDATE webhooks SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL`, hook.ID, n.now())
	}
	if failed != nil {
		return failed
	}
	return err
}

// errGone says that a webhook wants no more calls.
var errGone = errors.New("it answered 410: it wants no more calls")

// call sends a message. What it may answer is not read.
func (n *Notifications) call(ctx context.Context, url string, secrets []string, d delivery) error {
	sum, at := sha256.Sum256([]byte(d.Key)), strconv.FormatInt(n.now().Unix(), 10)
	id, body := "msg_"+hex.EncodeToString(sum[:16]), string(d.Data)
	signed, err := signatures(secrets, id, at, body)
	if err != nil {
		return err
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

// disable stops the calls of a webhook, and tells its user, because of a message that has failed.
func (n *Notifications) disable(ctx context.Context, d delivery, hook Webhook) error {
	return n.transaction(ctx, func(tx postgres.Tx) error {
		user, err := postgres.All(ctx, tx, pgx.RowTo[int32], `UPDATE webhooks SET enabled = false WHERE id = $1 AND enabled RETURNING user_id`, hook.ID)
		if err != nil || len(user) == 0 {
			return err
		}
		data, err := json.Marshal(webhookData{hook.ID, hook.URL})
		if err != nil {
			return err
		}
		now := n.now()
		_, err = tx.Exec(ctx, `
			INSERT INTO deliveries (channel, target, kind, key, data, consumer, event, due_at, until, created_at)
			SELECT $2, $3, $4, $5, $6, consumer, event, $7, $8, $7 FROM deliveries WHERE id = $1 ON CONFLICT (key) DO NOTHING`,
			d.ID, mailChannel, toUser(user[0]), disabledKind, fmt.Sprintf("%s/%s/%d", disabledKind, d.Target, d.ID), data, now, now.Add(n.channels[mailChannel].retryFor))
		return err
	})
}

// webhookData is of mails about a webhook.
type webhookData struct {
	WebhookID int32  `json:"webhookId"`
	URL       string `json:"url"`
}

func (n *Notifications) disabledLetter(data webhookData) letter {
	return letter{
		Subject: "Your webhook was disabled",
		Lines: []string{"We could not deliver messages to one of your webhooks for three days, or it answered that it wants none. It is called no more.",
			"Once it works again, enable it, and send again what it has missed."},
		Facts:  []fact{{"Webhook", strconv.Itoa(int(data.WebhookID))}, {"Address", data.URL}},
		Action: "See your account", URL: n.mails.link("/account"), Why: "You get this mail because you have a webhook.",
	}
}

package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/gittix/ticketing/shared/postgres"
)

// tellOwner queues a mail to a user who has a webhook at a new address: perhaps another person did it. Whatever happens within an hour is one mail.
// No event causes it: given up, it is a dead letter that names the function and holds no event.
func (n *Notifications) tellOwner(ctx context.Context, tx postgres.Tx, function string, user int32, hook Webhook) error {
	data, err := json.Marshal(webhookData{WebhookID: hook.ID, URL: hook.URL})
	if err != nil {
		return err
	}
	now := n.now()
	_, err = tx.Exec(ctx, `
		INSERT INTO deliveries (channel, target, kind, key, data, consumer, event, due_at, until, created_at) VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $7)
		ON CONFLICT (key) DO NOTHING`, mailChannel, toUser(user), webhookKind, hourly(webhookKind, user, now), data, function, now, now.Add(n.channels[mailChannel].retryFor))
	return err
}

// hourly is the key of a user's mails of a kind of which one is sent within an hour.
func hourly(kind string, user int32, now time.Time) string {
	return fmt.Sprintf("%s/user/%d/%s", kind, user, now.UTC().Truncate(time.Hour).Format(time.RFC3339))
}

// webhookData is of mails about a webhook.
type webhookData struct {
	WebhookID int32  `json:"webhookId"`
	URL       string `json:"url"`
	Confirmed bool   `json:"confirmed,omitempty"` // it was disabled when the address was confirmed
}

// webhookLetter goes to confirmed addresses only: it says what the webhook's user has written. Errors: notNeeded.
func (n *Notifications) webhookLetter(kind string, data webhookData, to recipient) (letter, error) {
	if !to.Confirmed {
		return letter{}, notNeeded("the address is not confirmed")
	}
	l := letter{
		Subject: "A webhook was added to your account",
		Lines: []string{"A program is now told of what happens to your tickets and orders: a webhook was added, or one has a new address.",
			"If it was not you, choose a new password, and end the webhook: a new password alone does not."},
		Facts:  []fact{{"Webhook", strconv.Itoa(int(data.WebhookID))}, {"Address", data.URL}},
		Action: "See your webhooks", URL: n.mails.link("/account/webhooks"), Why: "You get this mail because you have an account with us.",
	}
	if kind == disabledKind {
		l.Subject, l.Why = "Your webhook was disabled", "You get this mail because you have a webhook."
		l.Lines = []string{"We could not deliver messages to one of your webhooks for three days, or it answered that it wants none. It is called no more. Of several within an hour this mail names the first.",
			"Once it works again, have it called again. Of what happens until then it is told nothing; what we could not deliver is in its list for a month, and you can send it again."}
		if data.Confirmed {
			l.Lines = []string{"Your address was confirmed. A webhook that was added before is called no more: perhaps another person added it. Of several this mail names one.",
				"If it is yours, have it called again; if not, end it. Of what happens until then it is told nothing."}
		}
	}
	return l, nil
}

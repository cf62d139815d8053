package notifications

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/sealing"
)

// overlap is how long messages are signed by the secret of before, too.
const overlap = 24 * time.Hour

// secretPrefix begins the text of a secret, as Standard Webhooks want it.
const secretPrefix = "whsec_"

// newSecret gives a webhook another secret, and returns it as its user gets it. The one of before signs for another day; those before that no more.
func (n *Notifications) newSecret(ctx context.Context, tx postgres.Tx, webhookID int32) (string, error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	secret := secretPrefix + base64.StdEncoding.EncodeToString(raw)
	s, err := n.sealing.Seal(toWebhook(webhookID), secret)
	if err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM webhook_secrets WHERE webhook_id = $1 AND until IS NOT NULL`, webhookID); err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, `UPDATE webhook_secrets SET until = $2 WHERE webhook_id = $1`, webhookID, n.now().Add(overlap)); err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO webhook_secrets (webhook_id, key_id, sealed) VALUES ($1, $2, $3)`, webhookID, s.KeyID, s.Text)
	return secret, err
}

// secrets are those that a webhook's messages are signed by, the newest first.
func (n *Notifications) secrets(ctx context.Context, webhookID int32) (all []string, err error) {
	sealed, err := postgres.All(ctx, n.db, pgx.RowToStructByPos[sealing.Sealed], `
		SELECT key_id, sealed FROM webhook_secrets WHERE webhook_id = $1 AND (until IS NULL OR until > $2) ORDER BY id DESC`, webhookID, n.now())
	for _, s := range sealed {
		if err != nil {
			break
		}
		var secret string
		secret, err = n.sealing.Open(toWebhook(webhookID), s)
		all = append(all, secret)
	}
	return all, err
}

// signatures are the header webhook-signature of a message: one by each secret.
func signatures(secrets []string, id, at, body string) (string, error) {
	var all []string
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err != nil {
			return "", fmt.Errorf("notifications: a webhook's secret: %w", err)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + at + "." + body))
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " "), nil
}

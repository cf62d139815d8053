package idempotency

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

// entry is one key of one user.
type entry struct {
	db     *postgres.DB
	user   int32
	secret string // the client's key

	leased time.Time // which is this request's, and no other's of the same key
}

// derived is a value that follows from the client's key and a text. What it is made of cannot be told from it.
func (e *entry) derived(purpose, text string) []byte {
	h := hmac.New(sha256.New, []byte(e.secret))
	h.Write([]byte(purpose + "\n" + text))
	return h.Sum(nil)
}

func (e *entry) id() []byte { return e.derived("key", "") }

func (e *entry) cipher() (cipher.AEAD, error) {
	block, err := aes.NewCipher(e.derived("answer", ""))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// begin takes the key for a request, or returns the answer that it had. A key whose request left nothing behind, or is a day old, is taken anew.
//
// Errors: function.ErrKeyReused, function.ErrKeyInUse, function.ErrAnswerLost.
func (e *entry) begin(ctx context.Context, text string) (*answer, error) {
	request := e.derived("request", text)
	leased, err := postgres.One(ctx, e.db, pgx.RowTo[time.Time], `
		INSERT INTO idempotency_keys AS k (user_id, key, request, leased) VALUES ($1, $2, $3, now() + make_interval(secs => $4))
		ON CONFLICT (user_id, key) DO UPDATE SET request = excluded.request, leased = excluded.leased, changed = false, answer = NULL, created_at = now()
		WHERE k.created_at < now() - make_interval(secs => $5) OR NOT k.changed AND k.leased < now()
		RETURNING leased`, e.user, e.id(), request, leaseFor.Seconds(), postgres.KeysKeptFor.Seconds())
	if e.leased = leased; !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	type known struct {
		Request, Answer []byte
		UnderWay        bool
	}
	k, err := postgres.One(ctx, e.db, pgx.RowToStructByPos[known], `
		SELECT request, answer, leased >= now() FROM idempotency_keys WHERE user_id = $1 AND key = $2`, e.user, e.id())
	switch {
	case errors.Is(err, pgx.ErrNoRows): // it has ended this moment, and left nothing
		return nil, function.ErrKeyInUse.After(tryAgainAfter)
	case err != nil:
		return nil, err
	case !hmac.Equal(k.Request, request):
		return nil, function.ErrKeyReused
	case k.Answer != nil:
		return e.open(k.Answer)
	case k.UnderWay:
		return nil, function.ErrKeyInUse.After(tryAgainAfter)
	}
	return nil, function.ErrAnswerLost
}

// marking returns a context in which every change notes, in its transaction, that this request has changed something. Where the key is another
// request's by now, the change is refused with function.ErrKeyInUse.
func (e *entry) marking(ctx context.Context) context.Context {
	return postgres.WithStatement(ctx, function.ErrKeyInUse.After(tryAgainAfter),
		`UPDATE idempotency_keys SET changed = true WHERE user_id = $1 AND key = $2 AND leased = $3`, e.user, e.id(), e.leased)
}

// end keeps the answer to a request that has changed something, and gives back the key of any other.
func (e *entry) end(ctx context.Context, a answer) error {
	if a.Status >= http.StatusInternalServerError { // what it has changed, if anything, it does not say: so that is not kept
		return e.free(ctx)
	}
	kept := answer{a.Status, keptHeaders(a.Header), a.Body}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	seal, err := e.cipher()
	if err != nil {
		return err
	}
	tag, err := e.db.Exec(ctx, `UPDATE idempotency_keys SET answer = $4, leased = now() WHERE user_id = $1 AND key = $2 AND leased = $3 AND changed`,
		e.user, e.id(), e.leased, seal.Seal(nil, nil, text, nil)) //nolint:gosec // the cipher draws its nonce itself
	if err != nil || tag.RowsAffected() > 0 {
		return err
	}
	return e.free(ctx)
}

// free ends the lease. The key stays with what was changed.
func (e *entry) free(ctx context.Context) error {
	_, err := e.db.Exec(ctx, `
		WITH freed AS (DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2 AND leased = $3 AND NOT changed)
		UPDATE idempotency_keys SET leased = now() - interval '1 s' WHERE user_id = $1 AND key = $2 AND leased = $3 AND changed`, e.user, e.id(), e.leased)
	return err
}

// open reads a stored answer. Errors: apierror.Unavailable, if it cannot be read.
func (e *entry) open(sealed []byte) (*answer, error) {
	seal, err := e.cipher()
	if err != nil {
		return nil, err
	}
	text, err := seal.Open(nil, nil, sealed, nil)
	if err != nil {
		return nil, apierror.Unavailable(err)
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, apierror.Unavailable(err)
	}
	return &a, nil
}

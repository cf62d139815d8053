package auth

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
)

// attempts limits guessing, per e-mail address and per client address, in windows that begin with the first
// attempt. The counters are shared by all replicas and known by keyed hashes only. Each statement holds
// one counter: they cannot lock each other out.
type attempts struct {
	db  *postgres.DB
	key []byte
	AttemptSettings
}

func newAttempts(s Settings, db *postgres.DB) (attempts, error) {
	key, err := hkdf.Key(sha256.New, []byte(s.Passwords.Pepper), nil, "sign-in attempts", sha256.Size)
	return attempts{db, key, s.Attempts}, err
}

// count takes one attempt from both budgets, whether or not there is such an account. A client over its
// budget takes none from the account's; one whose address is unknown has the account's alone.
//
// Errors: errTooManyAttempts, with the time until the window ends.
func (a attempts) count(ctx context.Context, email string, from netip.Addr) error {
	if from.IsValid() {
		if err := a.take(ctx, a.ofAddress(from), a.PerAddress); err != nil {
			return err
		}
	}
	return a.take(ctx, a.ofAccount(email), a.PerAccount)
}

// forget gives a successful attempt back, and with it all of the account's.
func (a attempts) forget(ctx context.Context, email string, from netip.Addr) error {
	if from.IsValid() {
		if _, err := a.db.Exec(ctx, `UPDATE signin_attempts SET count = count - 1 WHERE key = $1 AND count > 0`, a.ofAddress(from)); err != nil {
			return err
		}
	}
	_, err := a.db.Exec(ctx, `DELETE FROM signin_attempts WHERE key = $1`, a.ofAccount(email))
	return err
}

// take counts up to one above the limit: what is refused is not counted, so an attempt given back is
// worth one.
func (a attempts) take(ctx context.Context, key []byte, limit int) error {
	c, err := postgres.One(ctx, a.db, pgx.RowToStructByPos[struct {
		Count int
		Rest  float64 // seconds
	}], `
		INSERT INTO signin_attempts AS s (key, count, expires_at)
		VALUES ($1, 1, clock_timestamp() + make_interval(secs => $2))
		ON CONFLICT (key) DO UPDATE SET
			count      = CASE WHEN s.expires_at <= clock_timestamp() THEN 1 ELSE least(s.count, $3) + 1 END,
			expires_at = CASE WHEN s.expires_at <= clock_timestamp() THEN excluded.expires_at ELSE s.expires_at END
		RETURNING count, extract(epoch FROM expires_at - clock_timestamp())::float8`,
		key, a.Window.Seconds(), limit)
	if err != nil || c.Count <= limit {
		return err
	}
	refused := *errTooManyAttempts
	refused.RetryAfter = max(time.Duration(c.Rest*float64(time.Second)), time.Second)
	return &refused
}

func (a attempts) ofAccount(email string) []byte { return a.hash("account " + email) }

// ofAddress counts an IPv6 /64 as one: a client with one address of it has them all.
func (a attempts) ofAddress(from netip.Addr) []byte {
	bits := 32
	if from.Is6() {
		bits = 64
	}
	network := netip.PrefixFrom(from, bits).Masked()
	return a.hash("address " + network.String())
}

func (a attempts) hash(name string) []byte {
	mac := hmac.New(sha256.New, a.key)
	mac.Write([]byte(name))
	return mac.Sum(nil)
}

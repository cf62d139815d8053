package auth

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"net/netip"
	"time"

	"github.com/gittix/ticketing/shared/postgres"
)

// countingTime is how long counting may go on after the client has hung up: what it tried must not be lost.
const countingTime = 5 * time.Second

// attempts limits guessing and signing up, in windows that begin with the first attempt. The counters are shared by all
// replicas and known by keyed hashes only. Each statement holds one counter: they cannot lock each other out.
type attempts struct {
	db  *postgres.DB
	key []byte
}

var counters = postgres.Window{Table: "signin_attempts", Key: "key", Ends: "expires_at"}

func newAttempts(secret string, db *postgres.DB) (attempts, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "sign-in attempts", sha256.Size)
	return attempts{db, key}, err
}

// budget is how many attempts of one kind there may be in a window.
type budget struct {
	key    []byte
	limit  int
	window time.Duration
	shared bool // with others, such as an address: a success gives one attempt back, and not all of them
}

// attempt is one that counts until it is known to be no guess.
type attempt struct {
	attempts
	taken []taken
}

type taken struct {
	budget
	until time.Time // the end of its window
}

// begin takes one attempt from each budget, in their order, or from none. It counts before anything is tried, or many tries at
// once would all find the budget unspent.
//
// Errors: errTooManyAttempts, with the time until the window ends.
func (a attempts) begin(ctx context.Context, budgets ...budget) (attempt, error) {
	t := attempt{attempts: a}
	if err := ctx.Err(); err != nil {
		return t, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countingTime)
	defer cancel()
	for _, b := range budgets {
		until, rest, err := counters.Take(ctx, a.db, b.key, b.limit, b.window)
		if err == nil && rest > 0 { // what is refused is not counted, so an attempt given back is worth one
			err = errTooManyAttempts.After(rest)
		}
		if err != nil {
			return t, errors.Join(err, t.giveBack(ctx))
		}
		t.taken = append(t.taken, taken{b, until})
	}
	return t, nil
}

// giveBack undoes an attempt of which nothing was learned: its client hung up, or something was unavailable.
func (t attempt) giveBack(ctx context.Context) error { return t.undo(ctx, false) }

// succeed gives an attempt back that was right, and with it the failures before it, except those that others may have made.
func (t attempt) succeed(ctx context.Context) error { return t.undo(ctx, true) }

func (t attempt) undo(ctx context.Context, right bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countingTime)
	defer cancel()
	for _, b := range t.taken {
		sql := `UPDATE signin_attempts SET count = count - 1 WHERE key = $1 AND expires_at = $2 AND count > 0`
		if right && !b.shared {
			sql = `DELETE FROM signin_attempts WHERE key = $1 AND expires_at = $2`
		}
		if _, err := t.db.Exec(ctx, sql, b.key, b.until); err != nil {
			return err
		}
	}
	return nil
}

// forget gives back all that was taken from the budgets, except from those that others share.
func (a attempts) forget(ctx context.Context, tx postgres.Tx, budgets []budget) error {
	var own [][]byte
	for _, b := range budgets {
		if !b.shared {
			own = append(own, b.key)
		}
	}
	_, err := tx.Exec(ctx, `DELETE FROM signin_attempts WHERE key = ANY($1)`, own)
	return err
}

// budgets returns those of a kind of attempt: that of a device which has signed in before, or else those of all other clients
// together for this account, whether or not it exists, and of the client's address, if that is known. A client over its address's
// takes none from the account's.
func (a *Auth) budgets(kind string, s AttemptSettings, email, known string, from netip.Addr) []budget {
	if token := a.devices.find(known, email); token != "" {
		return []budget{a.attempts.budget(kind+"device", token, s.PerAccount, s.Window)}
	}
	account := a.attempts.budget(kind+"account", email, s.PerAccount, s.Window)
	if !from.IsValid() {
		return []budget{account}
	}
	address := a.attempts.budget(kind+"address", networkOf(from), s.PerAddress, s.Window)
	address.shared = true
	return []budget{address, account}
}

// budget returns that of what kind and name say.
func (a attempts) budget(kind, name string, limit int, window time.Duration) budget {
	mac := hmac.New(sha256.New, a.key)
	mac.Write([]byte(kind + " " + name))
	return budget{key: mac.Sum(nil), limit: limit, window: window}
}

// networkOf counts an IPv6 /64 as one: a client with one address of it has them all.
func networkOf(from netip.Addr) string {
	bits := 32
	if from.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(from, bits).Masked().String()
}

package client

import (
	"context"
	"crypto/sha256"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/gittix/ticketing/shared/session"
)

const (
	knownFor     = time.Second     // so long what auth has said of a session is good
	askWithin    = 2 * time.Second // then the page goes on without
	mostVisitors = 4096            // whose sessions are remembered, in about 1 MB
)

// visitors are those whose sessions auth has verified a moment ago: a page, its parts and its links ask auth once.
type visitors struct {
	known *lru.Cache[[sha256.Size]byte, verdict] // by hash of the session's cookie
	now   func() time.Time
}

// verdict is what auth has said of a session.
type verdict struct {
	claims session.Claims // zero: the session is over
	at     time.Time
}

func newVisitors(now func() time.Time) visitors {
	known, err := lru.New[[sha256.Size]byte, verdict](mostVisitors)
	if err != nil {
		panic(err) // the size is a constant, and not positive
	}
	return visitors{known, now}
}

// look asks auth whose session the visit has. Where auth cannot be asked, the claims stay what the session says of itself, and the
// visit says why they are not to be believed.
func (k visitors) look(ctx context.Context, v *visit) {
	cookie := v.api.Cookie()
	if !v.hasSession() || cookie == nil {
		return
	}
	key := sha256.Sum256([]byte(cookie.Value))
	seen, ok := k.known.Get(key)
	if age := k.now().Sub(seen.at); !ok || age < 0 || age >= knownFor {
		ctx, cancel := context.WithTimeout(ctx, askWithin)
		defer cancel()
		claims, err := v.api.CurrentUser(ctx)
		if err != nil {
			v.unsure = err
			return
		}
		seen = verdict{at: k.now()}
		if claims != nil {
			seen.claims = *claims
		}
		k.known.Add(key, seen)
		v.renewed = v.api.SetCookies()
	}
	v.claims, v.over = seen.claims, seen.claims.ID == ""
}

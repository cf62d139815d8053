package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
)

func TestPasswordHashes(t *testing.T) {
	t.Parallel()
	p := newPasswords("pepper")
	one, err := p.hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	two, err := p.hash(t.Context(), goodPassword)
	if err != nil || one == two {
		t.Errorf("two hashes are the same, %v", err)
	}
	if isOutdated(one) || !isOutdated(bcryptDecoy) || !isOutdated(strings.Replace(one, "t=2", "t=1", 1)) {
		t.Error("outdated is what costs other than today's")
	}
	for name, c := range map[string]struct {
		p        *passwords
		password string
		hash     string
		want     bool
	}{
		"right":        {p, goodPassword, one, true},
		"wrong":        {p, "something else", one, false},
		"other pepper": {newPasswords("salt"), goodPassword, one, false},
		"other cost":   {p, goodPassword, strings.Replace(one, "t=2", "t=1", 1), false},
		"no hash":      {p, goodPassword, "", false},
	} {
		for _, bcrypts := range []bool{false, true} {
			if ok, err := c.p.check(t.Context(), c.password, c.hash, bcrypts); ok != c.want || err != nil {
				t.Errorf("%s: %v, %v", name, ok, err)
			}
		}
	}
}

func TestUnknownHashIsAnError(t *testing.T) {
	t.Parallel()
	p := newPasswords("pepper")
	good := decoy().String()
	if _, err := parsePHC(good); err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{
		"x", "$", "$2b$10$short", "$argon2i$" + strings.TrimPrefix(good, "$argon2id$"),
		strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "p=1", "p=0", 1),
		strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "m=19456", "m=4294967295", 1),
		good[:strings.LastIndex(good, "$")+1], good + "!",
	} {
		if ok, err := p.check(t.Context(), goodPassword, hash, false); ok || err == nil {
			t.Errorf("%q: %v, %v", hash, ok, err)
		}
	}
}

func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	p := newPasswords("pepper")
	slots := cap(p.slots)
	var inside atomic.Int32
	full, finish := make(chan struct{}, 4*slots), make(chan struct{})
	p.argon2id = func([]byte, []byte, uint32, uint32, uint8, uint32) []byte {
		if n := inside.Add(1); n > int32(slots) {
			t.Errorf("%d at once, with %d slots", n, slots)
		}
		full <- struct{}{}
		<-finish
		inside.Add(-1)
		return nil
	}
	var all sync.WaitGroup
	for range 4 * slots {
		all.Go(func() {
			if _, err := p.hash(t.Context(), goodPassword); err != nil {
				t.Error(err)
			}
		})
	}
	for range slots {
		<-full
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := p.check(ctx, goodPassword, "", false); !errors.Is(err, apierror.Unavailable(nil)) {
		t.Errorf("no slot before the deadline: %v", err)
	}
	close(finish)
	all.Wait()
}

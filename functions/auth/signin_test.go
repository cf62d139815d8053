package auth

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/session"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.user()
	before := value[string](f, `SELECT password_hash FROM users`)
	a := f.said(f.signIn(" ADA@Example.com", goodPassword, home), 200, welcome)
	if c := f.known(a.Cookie(session.CookieName)); c == nil || c.Subject != goodEmail {
		t.Errorf("claims %+v", c)
	}
	if after := value[string](f, `SELECT password_hash FROM users`); after != before {
		t.Error("a hash that is up to date was replaced")
	}
	for _, body := range []string{
		credentials(goodEmail, "something else"), credentials(goodEmail, strings.ToUpper(goodPassword)), credentials("eve@example.com", goodPassword),
		credentials("ada@example.com' OR '1'='1", goodPassword), credentials(goodEmail, ""),
		credentials(goodEmail, strings.Repeat("x", longestPresented+1)),
		`{"email":"ada@example.com","password":["correct horse, battery"]}`, `{"email":{"$gt":""},"password":"correct horse, battery"}`, `{}`, `null`,
	} {
		f.said(f.Call(0, "POST", "/api/users/signin", body), 400, invalid)
	}
	f.said(f.Call(0, "POST", "/api/users/signin", `{"email"`), 400, "Invalid JSON.")
}

// The hashes are those of Node's bcrypt 6 and bcryptjs, cost 10, of password + "reference-pepper".
func TestSignInWithHashOfTheReference(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	fresh, err := bcrypt.GenerateFromPassword([]byte("Abcdefg2"+"reference-pepper"), 10)
	f.Must(err)
	for i, c := range []struct{ password, hash string }{
		{"Abcdefg1", "$2b$10$xXY9X6rp4JaoPhNt80T2L.YxkPRKusbFH1tAnyAPdwIvE90lhAFde"},
		{"Abcdefg1", "$2b$10$YEsfFRDTM0J4UQjpO48VbuPIjqBpo4eMdFeGzwGYLA0xfdLik9R1a"},
		{"Abcdefg2", string(fresh)},
		// 70 bytes: of the pepper, bcrypt saw two.
		{"Aa1" + strings.Repeat("x", 67), "$2b$10$p9ZtbWlM2VIAekFqBFjMdeye07Q3y2wWadn.QmpxNvMl9PKjkV9uC"},
		// 93 bytes: longer than bcrypt takes.
		{"Aa1" + strings.Repeat("y", 90), "$2b$10$L3JbU9QshIws0yQkIC6PE.4yMHJDXupHZstafhBOr.x4KqSbvc6SW"},
		{"Aa1" + strings.Repeat("y", 90), "$2b$10$Tmn/ZFmSg6xlsPUl3HeOMOYkFlojmkPDLsQ2bq.zoh2lrJgSnJ0qW"},
	} {
		email := fmt.Sprintf("u%d@example.com", i)
		f.exec(`INSERT INTO users (email, password_hash) VALUES ($1, $2)`, email, c.hash)
		stored := func() string { return value[string](f, `SELECT password_hash FROM users WHERE email = $1`, email) }

		f.said(f.signIn(email, "x"+c.password, home), 400, invalid)
		if stored() != c.hash {
			t.Errorf("%s: a wrong password changed the hash", email)
		}
		f.said(f.signIn(email, c.password, home), 200, welcome)
		if !strings.HasPrefix(stored(), "$argon2id$") {
			t.Errorf("%s: the hash is still %s", email, stored())
		}
		f.said(f.signIn(email, c.password, home), 200, welcome)
		f.said(f.signIn(email, c.password+"x", home), 400, invalid)
	}
}

func TestUpgradeLeavesANewerHash(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.exec(`INSERT INTO users (email, password_hash) VALUES ($1, 'newer')`, goodEmail)
	_, err := f.upgrade(t.Context(), user{id: 1, hash: bcryptDecoy}, goodPassword)
	f.Must(err)
	if hash := value[string](f, `SELECT password_hash FROM users`); hash != "newer" {
		t.Errorf("the hash became %q", hash)
	}
}

// TestUpgradeCanWait: whoever was right is not refused because the hash is of an older kind and the line is full.
func TestUpgradeCanWait(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.exec(`INSERT INTO users (email, password_hash) VALUES ($1, $2)`, goodEmail, bcryptDecoy)
	for range cap(f.passwords.signIns.places) {
		f.passwords.signIns.places <- struct{}{}
	}
	if hash, err := f.upgrade(t.Context(), user{id: 1, hash: bcryptDecoy}, "Abcdefg1"); hash != bcryptDecoy || err != nil {
		t.Errorf("the hash is %q, %v", hash, err)
	}
}

// What is counted is work, not time: each refusal must have done the same.
func TestRefusalsCostTheSame(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"PASSWORD_PEPPER": "reference-pepper to-come", "SIGNIN_ATTEMPTS_PER_ACCOUNT": "100"})
	tries := int32(len(f.passwords.peppers))
	for _, p := range f.passwords.peppers {
		_ = p.id() // costs a hash, once
	}
	var argons, bcrypts atomic.Int32
	derive, compare := f.passwords.argon2id, f.passwords.bcrypt
	f.passwords.argon2id = func(password, salt []byte, time, mem uint32, threads uint8, n uint32) []byte {
		if time != 2 || mem != 19*1024 || threads != 1 || n != 32 || len(salt) != 16 || len(password) != 32 {
			t.Errorf("argon2id t=%d m=%d p=%d n=%d", time, mem, threads, n)
		}
		argons.Add(1)
		return derive(password, salt, time, mem, threads, n)
	}
	f.passwords.bcrypt = func(hash, password []byte) error {
		if cost, err := bcrypt.Cost(hash); cost != 10 {
			t.Errorf("bcrypt at cost %d, %v", cost, err)
		}
		bcrypts.Add(1)
		return compare(hash, password)
	}
	f.user()
	before := decoy() // of before peppers had ids
	f.exec(`INSERT INTO users (email, password_hash) VALUES ('before@example.com', $1)`, before.String())
	refused := func(email string, kinds int32) {
		t.Helper()
		for password, forms := range map[string]int32{"wrong password": 1, "wrong passwo\u0072\u0301d": 2} {
			argons.Store(0)
			bcrypts.Store(0)
			f.said(f.signIn(email, password, home), 400, invalid)
			if a, b, want := argons.Load(), bcrypts.Load(), forms*tries; a != want || b != kinds*want {
				t.Errorf("%s: %d argon2id and %d bcrypt, want %d and %d", email, a, b, want, kinds*want)
			}
		}
	}
	for _, email := range []string{goodEmail, "before@example.com", "stranger@example.com"} {
		refused(email, 0)
	}
	f.exec(`INSERT INTO users (email, password_hash) VALUES ('old@example.com', $1)`, bcryptDecoy)
	for _, email := range []string{goodEmail, "before@example.com", "stranger@example.com", "old@example.com"} {
		refused(email, 1)
	}
}

package auth

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.signUp(t, goodEmail, goodPassword).want(t, 201, "User created.")
	before := value[string](t, s, `SELECT password_hash FROM users`)
	a := s.signIn(t, " ADA@Example.com", goodPassword, "192.0.2.1").want(t, 200, "User logged in.")
	if c := s.currentUser(t, a.cookie); c == nil || c.Subject != goodEmail {
		t.Errorf("claims %+v", c)
	}
	if after := value[string](t, s, `SELECT password_hash FROM users`); after != before {
		t.Error("a hash that is up to date was replaced")
	}
}

func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.signUp(t, goodEmail, goodPassword).want(t, 201, "User created.")
	for name, body := range map[string]string{
		"wrong password":      credentials(t, goodEmail, "something else"),
		"other case":          credentials(t, goodEmail, strings.ToUpper(goodPassword)),
		"no such user":        credentials(t, "eve@example.com", goodPassword),
		"no e-mail address":   credentials(t, "ada", goodPassword),
		"SQL":                 credentials(t, "ada@example.com' OR '1'='1", goodPassword),
		"empty password":      credentials(t, goodEmail, ""),
		"endless password":    credentials(t, goodEmail, strings.Repeat("x", longestPresented+1)),
		"password is a list":  `{"email":"ada@example.com","password":["correct horse, battery"]}`,
		"e-mail is a number":  `{"email":7,"password":"correct horse, battery"}`,
		"e-mail is an object": `{"email":{"$gt":""},"password":"correct horse, battery"}`,
		"nothing":             `{}`,
		"null":                `null`,
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, "POST", "/api/users/signin", body, nil).want(t, 400, "Invalid credentials.")
			if a.cookie != nil {
				t.Error("a session for a stranger")
			}
		})
	}
	s.call(t, "POST", "/api/users/signin", `{"email"`, nil).want(t, 400, "Invalid JSON.")
}

// The hashes are those of Node's bcrypt 6 and bcryptjs, cost 10, of password + "reference-pepper".
func TestSignInWithHashOfTheReference(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	fresh, err := bcrypt.GenerateFromPassword([]byte("Abcdefg2"+"reference-pepper"), 10)
	if err != nil {
		t.Fatal(err)
	}
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
		s.exec(t, `INSERT INTO users (email, password_hash) VALUES ($1, $2)`, email, c.hash)
		stored := func() string { return value[string](t, s, `SELECT password_hash FROM users WHERE email = $1`, email) }

		s.signIn(t, email, "x"+c.password, "192.0.2.1").want(t, 400, "Invalid credentials.")
		if stored() != c.hash {
			t.Errorf("%s: a wrong password changed the hash", email)
		}
		s.signIn(t, email, c.password, "192.0.2.1").want(t, 200, "User logged in.")
		if !strings.HasPrefix(stored(), "$argon2id$") {
			t.Errorf("%s: the hash is still %s", email, stored())
		}
		s.signIn(t, email, c.password, "192.0.2.1").want(t, 200, "User logged in.")
		s.signIn(t, email, c.password+"x", "192.0.2.1").want(t, 400, "Invalid credentials.")
	}
}

func TestUpgradeLeavesANewerHash(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.exec(t, `INSERT INTO users (email, password_hash) VALUES ($1, 'newer')`, goodEmail)
	if err := s.upgrade(t.Context(), user{id: 1, hash: bcryptDecoy}, goodPassword); err != nil {
		t.Fatal(err)
	}
	if hash := value[string](t, s, `SELECT password_hash FROM users`); hash != "newer" {
		t.Errorf("the hash became %q", hash)
	}
}

// What is counted is work, not time: each refusal must have done the same.
func TestRefusalsCostTheSame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bcrypts    bool // somebody's hash is the reference's
		wantBcrypt int32
	}{
		"argon2id only":  {false, 0},
		"bcrypt as well": {true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			var argons, bcrypts atomic.Int32
			derive, compare := s.passwords.argon2id, s.passwords.bcrypt
			s.passwords.argon2id = func(password, salt []byte, time, mem uint32, threads uint8, n uint32) []byte {
				if time != 2 || mem != 19*1024 || threads != 1 || n != 32 || len(salt) != 16 || len(password) != 32 {
					t.Errorf("argon2id t=%d m=%d p=%d n=%d", time, mem, threads, n)
				}
				argons.Add(1)
				return derive(password, salt, time, mem, threads, n)
			}
			s.passwords.bcrypt = func(hash, password []byte) error {
				if cost, err := bcrypt.Cost(hash); cost != 10 {
					t.Errorf("bcrypt at cost %d, %v", cost, err)
				}
				bcrypts.Add(1)
				return compare(hash, password)
			}
			s.signUp(t, goodEmail, goodPassword).want(t, 201, "User created.")
			emails := []string{goodEmail, "nobody@example.com"}
			if c.bcrypts {
				s.exec(t, `INSERT INTO users (email, password_hash) VALUES ('old@example.com', $1)`, bcryptDecoy)
				emails = append(emails, "old@example.com")
			}
			for _, email := range emails {
				argons.Store(0)
				bcrypts.Store(0)
				s.signIn(t, email, "wrong password", "192.0.2.1").want(t, 400, "Invalid credentials.")
				if a, b := argons.Load(), bcrypts.Load(); a != 1 || b != c.wantBcrypt {
					t.Errorf("%s: %d argon2id and %d bcrypt, want 1 and %d", email, a, b, c.wantBcrypt)
				}
			}
		})
	}
}

func TestSignInWithoutDatabase(t *testing.T) {
	t.Parallel()
	s := serve(t, values("postgres://nobody@127.0.0.1:1/none"))
	a := s.signIn(t, goodEmail, goodPassword, "192.0.2.1").want(t, http.StatusServiceUnavailable, "Service unavailable.")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.signUp(t, goodEmail, goodPassword).want(t, http.StatusServiceUnavailable, "Service unavailable.")
}

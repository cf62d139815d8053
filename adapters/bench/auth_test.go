package bench

import (
	"fmt"
	"net/http"
	"os"

	"golang.org/x/crypto/argon2"

	"github.com/gittix/ticketing/adapters/httpload"
	"github.com/gittix/ticketing/shared/api"
)

// authRows are loads of auth.
func authRows() []row {
	const hash, query = "argon2id alone", "net/http and a query by key"
	return []row{
		{
			Row{Name: "current user", Unit: msCPU, Reference: Figure{Value: 1.08}, FloorName: query, Goals: []Goal{AtMost(.075)}}, (*lab).currentUser,
			func(l *lab) (Figure, error) {
				return l.bare("auth", `SELECT email FROM users WHERE id = 1`, `{"currentUser":null}`)
			},
		},
		{Row{Name: "sign in", Unit: msCPU, Reference: Figure{Value: 54}, FloorName: hash, Goals: []Goal{OverFloor("hash", 1.03)}}, (*lab).signIn, (*lab).hash},
		{Row{Name: "sign up", Unit: msCPU, Reference: Figure{Value: 59}, FloorName: hash, Goals: []Goal{OverFloor("hash", 1.03)}}, (*lab).signUp, (*lab).hash},
	}
}

func (l *lab) currentUser() (Figure, error) {
	user := l.Visitor()
	if err := user.SignUp(l.Context()); err != nil {
		return Figure{}, err
	}
	return l.get("auth", "/api/users/current-user", l.cookie(user), http.StatusOK)
}

func (l *lab) signIn() (Figure, error) {
	user := l.Visitor()
	if err := user.SignUp(l.Context()); err != nil {
		return Figure{}, err
	}
	text := httpload.Request("POST", "/api/users/signin", "", credentials(user.Credentials))
	return l.requests(http.StatusOK, func(int) (Load, settle) { return l.hashes(always(text)), nil })
}

func (l *lab) signUp() (Figure, error) {
	return l.requests(http.StatusCreated, func(round int) (Load, settle) {
		return l.hashes(func(i int) []byte {
			c := l.Visitor().Credentials
			c.Email = fmt.Sprintf("%d-%d-%s", round, i, c.Email)
			return httpload.Request("POST", "/api/users/signup", "", credentials(c))
		}), nil
	})
}

// hashes is a load of a few connections: auth lets few wait for a hash.
func (l *lab) hashes(request func(int) []byte) Load {
	return Load{Address: l.address("auth"), Connections: min(l.clients, 8), For: l.round, Request: request}
}

func credentials(c api.Credentials) string {
	return fmt.Sprintf(`{"email":%q,"password":%q}`, c.Email, c.Password)
}

// hash measures what auth hashes a password with.
func (l *lab) hash() (Figure, error) {
	const n = 20
	var rounds []Figure
	for range l.rounds {
		used := Processor(os.Getpid())
		for range n {
			argon2.IDKey([]byte("correct horse battery"), make([]byte, 16), 2, 19*1024, 1, 32)
		}
		rounds = append(rounds, Figure{Value: ms(Processor(os.Getpid())-used) / n})
	}
	return Median(rounds), nil
}

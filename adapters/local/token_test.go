package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/session"
)

// apiProgram is a token for programs, and the access token that it was exchanged for.
type apiProgram struct {
	ID, access string
}

func newProgram(t *testing.T, u *systemtest.User, scopes ...session.Scope) apiProgram {
	t.Helper()
	body, err := json.Marshal(map[string]any{"name": "box office", "scopes": scopes})
	if err != nil {
		t.Fatal(err)
	}
	var made struct {
		Token    string
		APIToken struct{ ID string }
	}
	status, answer := send(t, u, "POST", "/api/users/tokens", "application/json", string(body))
	if err := json.Unmarshal(answer, &made); status != http.StatusCreated || err != nil {
		t.Fatalf("%d %s %v", status, answer, err)
	}
	var access struct{ AccessToken string }
	status, answer = send(t, u, "POST", "/api/users/tokens/exchange", "application/json", `{"token":"`+made.Token+`"}`)
	if err := json.Unmarshal(answer, &access); status != http.StatusOK || err != nil {
		t.Fatalf("%d %s %v", status, answer, err)
	}
	return apiProgram{made.APIToken.ID, access.AccessToken}
}

// knock returns how a door answers a program. What it asks for does not exist.
func (p apiProgram) knock(ctx context.Context, visitor *systemtest.User, d systemtest.Door) (int, error) {
	path := strings.NewReplacer("{id}", "2147483647").Replace(d.Path)
	status, _, err := visitor.Send(ctx, d.Method, path, "{}", http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + p.access}})
	return status, err
}

// testTokens: a program's access token opens what its scope names, until its token has ended; and nothing that is about the account.
func testTokens(t *testing.T, s *systemtest.System) {
	u, visitor := s.Visitor(), s.Visitor()
	if err := u.SignUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	programs := map[session.Scope]apiProgram{}
	for _, scope := range session.Scopes() {
		programs[scope] = newProgram(t, u, scope)
	}
	opened := map[session.Scope]int{}
	var doors []systemtest.Door
	for _, d := range systemtest.Doors(t) {
		if !strings.HasPrefix(d.Path, "/api/") {
			continue
		}
		doors = append(doors, d)
		for scope, p := range programs {
			status, err := p.knock(t.Context(), visitor, d)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case d.Scope == "" && status != http.StatusUnauthorized,
				d.Scope != "" && scope != d.Scope && status != http.StatusForbidden,
				scope == d.Scope && (status == http.StatusUnauthorized || status == http.StatusForbidden || status >= 500):
				t.Errorf("%s, which wants %q: %d for a token of %q", d.Name, d.Scope, status, scope)
			case scope == d.Scope:
				opened[scope]++
			}
		}
	}
	if len(opened) != len(programs) {
		t.Errorf("opened %v", opened)
	}
	for _, p := range programs {
		if status, answer := send(t, u, "POST", "/api/users/tokens/"+p.ID+"/end", "", ""); status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
	}
	for _, d := range doors {
		s.Eventually(t, d.Name+" refuses an ended token", func(ctx context.Context) error {
			for scope, p := range programs {
				if status, err := p.knock(ctx, visitor, d); err != nil || status != http.StatusUnauthorized {
					return fmt.Errorf("%d for a token of %q, %w", status, scope, err)
				}
			}
			return nil
		})
	}
}

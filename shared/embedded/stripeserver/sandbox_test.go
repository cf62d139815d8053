package stripeserver_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

// client calls a sandbox over HTTP, as curl would.
type client struct {
	t       *testing.T
	sandbox *stripeserver.Sandbox
	url     string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// at follows names into the body: at("error", "code").
func (a answer) at(names ...string) any {
	var here any = a.body
	for _, name := range names {
		object, ok := here.(map[string]any)
		if !ok {
			return nil
		}
		here = object[name]
	}
	return here
}

func (a answer) text(names ...string) string {
	text, _ := a.at(names...).(string)
	return text
}

func open(t *testing.T, cfg stripeserver.Config) client {
	t.Helper()
	sandbox, err := stripeserver.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sandbox)
	c := client{t: t, sandbox: sandbox, url: server.URL}
	t.Cleanup(func() {
		c.close()
		server.Close()
	})
	return c
}

func (c client) close() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := c.sandbox.Close(ctx); err != nil {
		c.t.Error(err)
	}
}

func (c client) do(ctx context.Context, method, path, key, form string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(form))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer sk_test_sandbox")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if err == nil {
		err = json.Unmarshal(raw, &a.body)
	}
	return a, err
}

func (c client) post(path, key, form string) answer {
	c.t.Helper()
	a, err := c.do(c.t.Context(), http.MethodPost, path, key, form)
	if err != nil {
		c.t.Error(err)
	}
	return a
}

func (c client) get(path string) answer {
	c.t.Helper()
	a, err := c.do(c.t.Context(), http.MethodGet, path, "", "")
	if err != nil {
		c.t.Error(err)
	}
	return a
}

// intent makes one of 42.50 dollars for order 3 and returns its id and client secret.
func (c client) intent(method string) (id, secret string) {
	c.t.Helper()
	a := c.post("/v1/payment_intents", "", intentForm(method))
	if a.status != http.StatusOK {
		c.t.Fatalf("intent: %d %s", a.status, a.raw)
	}
	return a.text("id"), a.text("client_secret")
}

func intentForm(method string) string {
	return url.Values{"amount": {"4250"}, "currency": {"usd"}, "payment_method": {method}, "payment_method_types[]": {"card"},
		"metadata[order_id]": {"3"}, "metadata[payment_id]": {"7"}}.Encode()
}

func (c client) wantStatus(id, want string) {
	c.t.Helper()
	if got := c.get("/v1/payment_intents/" + id).text("status"); got != want {
		c.t.Errorf("%s is %s, want %s", id, got, want)
	}
}

func (c client) wantCharges(want int) {
	c.t.Helper()
	if charges := c.sandbox.Ledger().ChargesOf(3); len(charges) != want {
		c.t.Errorf("charges %+v, want %d", charges, want)
	}
}

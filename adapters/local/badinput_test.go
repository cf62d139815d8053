package local

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/function"
)

// inputs is what each endpoint reads. An endpoint that is not named here fails the test.
var inputs = map[string]struct {
	body    map[string]string // JSON by field: what would be right
	query   map[string][]string
	signed  bool // the body is not JSON: whoever did not sign it is refused
	session bool // needed
}{
	"sign-up":        {body: map[string]string{"email": `"bad-input@example.com"`, "password": `"correct horse battery"`}},
	"sign-in":        {body: map[string]string{"email": `"bad-input@example.com"`, "password": `"correct horse battery"`}},
	"sign-out":       {},
	"current-user":   {},
	"list-tickets":   {query: map[string][]string{"limit": wrongNumbers, "after": wrongNumbers, "userId": wrongNumbers, "available": {"1", "%00", "%ff"}, "q": {"%00", "%ff"}}},
	"get-ticket":     {},
	"create-ticket":  {session: true, body: map[string]string{"title": `"A title"`, "price": `"10"`}},
	"update-ticket":  {session: true, body: map[string]string{"title": `"A title"`, "price": `"10"`}},
	"create-order":   {session: true, body: map[string]string{"ticketId": `1`}},
	"list-orders":    {session: true, query: map[string][]string{"limit": wrongNumbers, "after": wrongNumbers}},
	"get-order":      {session: true},
	"cancel-order":   {session: true},
	"extend-order":   {session: true},
	"create-payment": {session: true, body: map[string]string{"orderId": `1`, "token": `"tok_visa"`}},
	"stripe-webhook": {signed: true},
}

// What nothing accepts: as a number of a path or a query, as a field of JSON, and as a whole body.
var (
	wrongNumbers = []string{"x", "0", "-1", "%2B1", "1.5", "1e3", "0x1", "2147483648", "99999999999999999999", "%00", "%ff", "%20"}
	wrongFields  = map[string]string{
		"null": `null`, "true": `true`, "array": `[1]`, "object": `{"a":1}`, "empty": `""`, "blank": `"  "`, "NUL": `"\u0000"`,
		"zero": `0`, "negative": `-1`, "fraction": `1.123`, "huge": `1e400`, "many digits": strings.Repeat("9", 400),
		"long": `"` + strings.Repeat("x", 10_000) + `"`,
	}
	wrongBodies = map[string]string{
		"empty": ``, "null": `null`, "array": `[]`, "string": `"x"`, "number": `1`, "object": `{}`, "cut off": `{"a":`,
		"two": `{} {}`, "NUL": "\x00", "not UTF-8": "{\"title\":\"\xff\xfe\",\"email\":\"\xff\"}",
		"deep": strings.Repeat(`[`, 20_000), "form": `title=x&price=1`, "NaN": `{"price":NaN}`,
	}
	wrongTypes = []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/", "\xff/json"}
)

// request is one thing that somebody may send.
type request struct {
	method, path, kind, body string
	wants                    []int // statuses; none: any of 4xx
}

const jsonKind = "application/json"

func testBadInput(t *testing.T, w *world) {
	w.audited(t)
	somebody := w.shopper(t)
	before := w.fingerprint(t)
	for _, service := range w.apis() {
		for _, e := range service.Endpoints {
			if _, known := inputs[e.Name]; !known {
				t.Errorf("%s is not in the table of inputs: add what it reads", e.Name)
			}
			for name, r := range badRequests(e) {
				w.refused(t, somebody, e.Name+": "+name, r)
			}
		}
	}
	w.unchanged(t, before)
}

// unchanged: no row and no event is there that was not there before.
func (w *world) unchanged(t *testing.T, before map[string]string) {
	t.Helper()
	after := w.fingerprint(t)
	for table, was := range before {
		if after[table] != was {
			t.Errorf("%s changed: %s, then %s", table, was, after[table])
		}
	}
}

// apis are the services that speak JSON: all but the site.
func (w *world) apis() []function.Service {
	return slices.DeleteFunc(slices.Clone(w.services), func(s function.Service) bool { return s.Name == "client" })
}

// badRequests are all that must be refused, by name.
func badRequests(e function.Endpoint) map[string]request {
	input, requests := inputs[e.Name], map[string]request{}
	path := strings.ReplaceAll(e.Path, "{id}", "1")
	add := func(name, path, kind, body string, wants ...int) {
		requests[name] = request{e.Method, path, kind, body, wants}
	}
	if strings.Contains(e.Path, "{id}") {
		for _, wrong := range wrongNumbers {
			add("id "+wrong, strings.ReplaceAll(e.Path, "{id}", wrong), jsonKind, whole(input.body), http.StatusBadRequest)
		}
	}
	for field, values := range input.query {
		for _, wrong := range values {
			add("query "+field+" "+wrong, path+"?"+field+"="+wrong, "", "", http.StatusBadRequest)
		}
	}
	if len(input.body) == 0 && !input.signed {
		return requests // it reads no body
	}
	for name, wrong := range wrongBodies {
		add("body "+name, path, jsonKind, wrong, http.StatusBadRequest)
	}
	add("body too large", path, jsonKind, `{"title":"`+strings.Repeat("x", function.MaxBody)+`"}`, http.StatusRequestEntityTooLarge)
	for _, kind := range wrongTypes {
		add(fmt.Sprintf("type %q", kind), path, kind, whole(input.body), http.StatusUnsupportedMediaType, http.StatusBadRequest)
	}
	for field := range input.body {
		for name, wrong := range wrongFields {
			body := maps.Clone(input.body)
			body[field] = wrong
			add(field+" "+name, path, jsonKind, whole(body), http.StatusBadRequest)
		}
		body := maps.Clone(input.body)
		delete(body, field)
		add(field+" missing", path, jsonKind, whole(body), http.StatusBadRequest)
	}
	return requests
}

// whole is a body of these fields.
func whole(fields map[string]string) string {
	var pairs []string
	for name, value := range fields {
		pairs = append(pairs, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

// refused sends a request, which must be answered by a clear message.
func (w *world) refused(t *testing.T, s *shopper.Shopper, name string, r request) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.method, w.URL()+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if r.kind != "" {
		req.Header["Content-Type"] = []string{r.kind}
	}
	status, body, err := s.Send(req)
	var answer struct{ Message, Code string }
	switch {
	case err != nil:
		t.Errorf("%s: no answer: %v", name, err)
	case status/100 != 4 || len(r.wants) > 0 && !slices.Contains(r.wants, status):
		t.Errorf("%s: answered %d %s, want %v", name, status, body, r.wants)
	case json.Unmarshal(body, &answer) != nil || answer.Message == "" || answer.Code == "":
		t.Errorf("%s: %d says nothing: %q", name, status, body)
	}
}

// fingerprint is a hash of every table but that of the guesses of passwords: NUL is one.
func (w *world) fingerprint(t *testing.T) map[string]string {
	t.Helper()
	prints := map[string]string{}
	for service, db := range w.db {
		rows, err := db.Query(t.Context(), `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'signin_attempts'`)
		if err != nil {
			t.Fatal(err)
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(tables) == 0 {
			t.Fatalf("%s has %d tables, %v", service, len(tables), err)
		}
		for _, table := range tables {
			prints[service+"."+table], err = ask[string](t.Context(), w, service,
				`SELECT concat(count(*), ' rows ', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))) FROM `+pgx.Identifier{table}.Sanitize()+` t`)
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return prints
}

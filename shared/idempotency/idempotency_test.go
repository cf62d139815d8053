package idempotency

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// fixture is an endpoint that stores what it is sent, on a database of its own.
type fixture struct {
	t       *testing.T
	db      *postgres.DB
	handler http.Handler
	after   func(http.ResponseWriter) bool // what it does once it has stored the body; true: it has answered
	before  func(http.ResponseWriter) bool
}

func start(t *testing.T) *fixture {
	t.Helper()
	db, err := postgres.Open(pgtest.Database(t), postgres.Events())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, db: db}
	f.exec(`CREATE TABLE made (id integer GENERATED ALWAYS AS IDENTITY, body text)`)
	f.before, f.after = goOn, goOn
	f.handler = New(db).Once(http.HandlerFunc(f.make))
	return f
}

func (f *fixture) exec(sql string, args ...any) {
	f.t.Helper()
	if _, err := f.db.Exec(f.t.Context(), sql, args...); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) make(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if f.before(w) {
		return
	}
	var id int32
	_, err := f.db.Change(r.Context(), func(tx postgres.Tx) (none event.Draft, err error) {
		id, err = postgres.One(r.Context(), tx, pgx.RowTo[int32], `INSERT INTO made (body) VALUES ($1) RETURNING id`, string(body))
		return none, err
	})
	switch {
	case err != nil:
		apierror.Write(w, err)
	case !f.after(w):
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "made %d of %s", id, body)
	}
}

func goOn(http.ResponseWriter) bool { return false }

// send sends a body for a user, with some keys, and returns status and body.
func (f *fixture) send(user int, body string, keys ...string) string {
	f.t.Helper()
	a := f.answer(user, body, keys...)
	return fmt.Sprint(a.Code, " ", strings.TrimSpace(a.Body.String()))
}

func (f *fixture) answer(user int, body string, keys ...string) *httptest.ResponseRecorder {
	ctx := session.NewContext(f.t.Context(), session.Claims{ID: fmt.Sprint(user)})
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/things", strings.NewReader(body))
	r.Header[Header] = keys
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

func (f *fixture) made() int64 {
	f.t.Helper()
	n, err := postgres.One(f.t.Context(), f.db, pgx.RowTo[int64], `SELECT count(*) FROM made`)
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

func (f *fixture) want(got, want string, made int64) {
	f.t.Helper()
	if n := f.made(); !strings.HasPrefix(got, want) || n != made {
		f.t.Errorf("%s, and %d made; want %s, and %d", got, n, want, made)
	}
}

func TestSameAnswerAgain(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.want(f.send(1, "a", "k"), "201 made 1 of a", 1)
	again := f.answer(1, "a", "k")
	if again.Code != 201 || again.Body.String() != "made 1 of a" || again.Header().Get("Content-Type") != "text/plain" || again.Header().Get(Replayed) != "true" {
		t.Errorf("%d %v %s", again.Code, again.Header(), again.Body)
	}
	f.want(f.send(1, "a", `"k"`), "201 made 1 of a", 1) // in quotes it is the same key
	f.want(f.send(1, "b", "k"), `422 {"message":"Idempotency key reused."`, 1)
	f.want(f.send(2, "b", "k"), "201 made 2 of b", 2) // another user's is another one
	f.want(f.send(1, "a", "l"), "201 made 3 of a", 3)
	f.want(f.send(1, "a"), "201 made 4 of a", 4)
	f.exec(`UPDATE idempotency_keys SET created_at = now() - interval '25 hours'`)
	f.want(f.send(1, "b", "k"), "201 made 5 of b", 5)
}

func TestMalformedKeys(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, keys := range [][]string{{""}, {`""`}, {`"k`}, {"a b"}, {"é"}, {"a", "b"}, {strings.Repeat("k", 256)}} {
		f.want(f.send(1, "a", keys...), `400 {"message":"Invalid Idempotency-Key."`, 0)
	}
	f.want(f.send(1, "a", strings.Repeat("k", 255)), "201", 1)
}

// What has changed nothing may be sent again, changed or not, and is handled anew.
func TestNothingChanged(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, status := range []int{400, 409, 429, 503} {
		f.before = func(w http.ResponseWriter) bool { w.WriteHeader(status); return true }
		f.want(f.send(1, "a", "k"), fmt.Sprint(status), 0)
	}
	func() {
		f.before = func(http.ResponseWriter) bool { panic(http.ErrAbortHandler) }
		defer func() { _ = recover() }()
		f.send(1, "a", "k")
	}()
	f.before = goOn
	f.want(f.send(1, "b", "k"), "201 made 1 of b", 1)
}

// A refusal that has changed something, such as a card that is declined, is the answer again.
func TestRefusedAfterAChange(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.after = func(w http.ResponseWriter) bool { w.WriteHeader(http.StatusBadRequest); return true }
	f.want(f.send(1, "a", "k"), "400", 1)
	f.after = goOn
	f.want(f.send(1, "a", "k"), "400", 1)
}

// Where the change is stored and the answer is not, nothing is done twice.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.after = func(w http.ResponseWriter) bool { w.WriteHeader(http.StatusServiceUnavailable); return true }
	f.want(f.send(1, "a", "k"), "503", 1)
	f.after = goOn
	f.want(f.send(1, "a", "k"), `409 {"message":"Idempotency key used, answer lost."`, 1)
	f.want(f.send(1, "b", "k"), `422`, 1)
}

// Of many at once one is done. The others hear that it is under way, or its answer.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.after = func(http.ResponseWriter) bool { // the others come while it is under way
		f.want(f.send(1, "a", "k"), `409 {"message":"Idempotency key in use."`, 1)
		f.want(f.send(1, "b", "k"), `422`, 1)
		return false
	}
	f.want(f.send(1, "a", "k"), "201 made 1 of a", 1)
	got := make(chan string, 8)
	f.after = goOn
	for range cap(got) {
		go func() { got <- f.send(1, "c", "many") }()
	}
	for range cap(got) {
		if a := <-got; a != "201 made 2 of c" && !strings.HasPrefix(a, `409 {"message":"Idempotency key in use."`) {
			t.Error(a)
		}
	}
	f.want("", "", 2)
}

// A request whose process has died before it changed anything is done by the next; should it wake up after that, it changes nothing.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.before = func(http.ResponseWriter) bool {
		f.before = goOn
		f.want(f.send(1, "a", "k"), "409", 0)
		f.exec(`UPDATE idempotency_keys SET leased = now() - interval '1 s'`)
		f.want(f.send(1, "a", "k"), "201 made 1 of a", 1)
		return false
	}
	f.want(f.send(1, "a", "k"), `409 {"message":"Idempotency key in use."`, 1)
	f.want(f.send(1, "a", "k"), "201 made 1 of a", 1)
	f.before = func(http.ResponseWriter) bool {
		f.exec(`DELETE FROM idempotency_keys`) // the next has ended, and left nothing
		return false
	}
	f.want(f.send(1, "a", "k2"), `409 {"message":"Idempotency key in use."`, 1)
}

// Neither a key nor what was sent and answered can be read in the database.
func TestNothingReadable(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.send(1, "s3cret body", "s3cret-key")
	row, err := postgres.One(t.Context(), f.db, pgx.RowTo[[]byte], `SELECT convert_to(to_jsonb(k)::text, 'UTF8') || key || request || answer FROM idempotency_keys k`)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"s3cret", "made 1"} {
		if strings.Contains(string(row), secret) {
			t.Errorf("%q is in %q", secret, row)
		}
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.send(1, "a", "old")
	f.exec(`UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 minute'`)
	f.send(1, "a", "young")
	if err := f.db.SweepOutbox(context.Background()); err != nil {
		t.Fatal(err)
	}
	f.want(f.send(1, "a", "young"), "201 made 2", 2)
	if n, err := postgres.One(t.Context(), f.db, pgx.RowTo[int64], `SELECT count(*) FROM idempotency_keys`); n != 1 || err != nil {
		t.Errorf("%d are left, %v", n, err)
	}
}

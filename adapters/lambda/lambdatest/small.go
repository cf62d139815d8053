package lambdatest

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/adapters/lambda/stack"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/session"
)

// DeploySmall runs the programs of a small stack, with exactly the environments that template.yaml gives them: see deploy. Its database is
// reached by TLS, whose certificate the programs check; topic and queues are what the template makes of them, and a call of AWS that
// the caller's role does not allow fails the test.
func DeploySmall(t testing.TB, programs string, backends *systemtest.Backends, front *systemtest.Front, read func(databaseURL string) *stack.Stack) (*System, *Topic) {
	t.Helper()
	var err error
	database, roots := encrypted(t, backends)
	d := deploy(t, programs, newSystem(t, backends, front), read(database))
	trusting := func(given config.Values) { // a certificate of the repository's folder, as `make build-<function>` has it
		if given["DATABASE_URL"]+given["MIGRATE_ADMIN_URL"] != "" && given["SSL_CERT_DIR"] != "/var/task/certificates" {
			t.Errorf("no database is trusted by %v", given["FUNCTIONS"])
		}
		given["SSL_CERT_DIR"] = roots
	}
	d.migrate(trusting)
	d.s.Keys = session.Keys{Secret: []byte(d.stack.Attributes["JWT_SECRET"])}
	d.sandbox(trusting)
	topic := newTopic(t, d.topicARN(), d.s.Functions)
	topic.may = func(caller, action, resource string) bool {
		may, err := d.stack.Allows(caller, action, resource)
		if err != nil {
			t.Error(err)
		}
		return may
	}
	topic.prefix = d.stack.Name + "-"
	topic.runs = func(role, function string) bool {
		may, err := d.stack.RoleAllows(role, "lambda:InvokeFunction", function)
		if err != nil {
			t.Error(err)
		}
		return may
	}
	if topic.group, err = d.stack.Ref("Sweeps"); err != nil {
		t.Fatal(err)
	}
	d.serve(front, func(_, function string, given config.Values) {
		trusting(given)
		given["AWS_ENDPOINT_URL"], given["AWS_SECRET_ACCESS_KEY"] = topic.url, "test"
		given["AWS_ACCESS_KEY_ID"] = d.ids[function]
	})
	d.subscribe(topic)
	t.Cleanup(topic.close) // before the functions': it invokes them no more
	return d.s, topic
}

// sandbox runs Stripe's, as the template has it, whose books the audit reads.
func (d *deployment) sandbox(trusting func(config.Values)) {
	d.t.Helper()
	given := d.given("stripe-sandbox")
	trusting(given)
	f := &Function{t: d.t, path: filepath.Join(d.programs, "stripe-sandbox"), slots: make(chan struct{}, concurrency), settings: given}
	d.t.Cleanup(f.close)
	api := httptest.NewServer(apiRoute{f})
	d.t.Cleanup(api.Close)
	d.leads["SandboxApi"] = api.URL
	pool, err := pgxpool.New(d.t.Context(), d.s.DatabaseURL("stripe_sandbox"))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(pool.Close)
	d.s.Ledger = func() stripeserver.Ledger {
		sandbox, err := stripeserver.Open(stripeserver.Config{Journal: books{d.t, pool}})
		if err != nil {
			d.t.Error(err)
			return stripeserver.Ledger{}
		}
		return sandbox.Ledger()
	}
}

// books are the sandbox's, to be read.
type books struct {
	t    testing.TB
	pool *pgxpool.Pool
}

// Read implements stripeserver.Journal.
func (b books) Read() ([][]byte, error) {
	rows, err := b.pool.Query(b.t.Context(), `SELECT convert_to(change, 'UTF8') FROM journal ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[[]byte])
}

// Append implements stripeserver.Journal.
func (b books) Append([]byte) error { return nil } // what is read changes nothing

func (d *deployment) topicARN() string {
	arn, err := d.stack.Ref("Events")
	if err != nil {
		return "" // of a large stack
	}
	return arn
}

// subscribe makes the queues that the template has, with all that must be there for an event to come to its consumer.
func (d *deployment) subscribe(topic *Topic) {
	d.t.Helper()
	sources := map[string]stack.Object{} // by their queues
	for _, id := range d.resources("AWS::Lambda::EventSourceMapping") {
		p := d.properties(id)
		sources[p.Text("EventSourceArn")] = p
	}
	brought := map[string][]string{} // types, by the functions' names
	for _, id := range d.resources("AWS::SNS::Subscription") {
		p := d.properties(id)
		if p.Text("Protocol") != "sqs" {
			continue
		}
		arn, source := p.Text("Endpoint"), sources[p.Text("Endpoint")]
		name, _ := strings.CutPrefix(source.Text("FunctionName"), d.stack.Name+"-")
		f := d.s.Functions[name]
		var types []string
		for _, kind := range p.List("FilterPolicy", "type") {
			types = append(types, fmt.Sprint(kind))
		}
		fills, err := d.stack.Fills(topic.arn, arn)
		if err != nil || !fills || f == nil || p.Text("TopicArn") != topic.arn || p["RawMessageDelivery"] != true || len(types) == 0 {
			d.t.Fatalf("%s brings nothing to a function: %v, %v, %v, %v", id, p, source, fills, err)
		}
		if answers := source.List("FunctionResponseTypes"); !slices.Contains(answers, any("ReportBatchItemFailures")) {
			d.t.Fatalf("%s: what a function names as failed does not come again", id)
		}
		for _, action := range []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} {
			if !topic.may(d.ids[name], action, arn) {
				d.t.Fatalf("Lambda may not %s for %s", action, name)
			}
		}
		brought[name] = types
		topic.subscribe(arn, types, f)
	}
	d.complete(brought)
}

// complete checks that each consumer is brought its types, and that no function is brought another.
func (d *deployment) complete(brought map[string][]string) {
	d.t.Helper()
	consumed := map[string][]string{} // types, by consumers
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			d.t.Fatal(err)
		}
		contents.Stop()
		for _, c := range contents.Consumers {
			consumed[c.Name] = c.Types
		}
	}
	for name, types := range brought {
		var wanted []string
		for held := range strings.SplitSeq(d.given(name)["FUNCTIONS"], ",") {
			wanted = append(wanted, consumed[held]...)
			delete(consumed, held)
		}
		slices.Sort(wanted)
		if slices.Sort(types); !slices.Equal(types, wanted) {
			d.t.Errorf("%s is brought %v, and consumes %v", name, types, wanted)
		}
	}
	for name := range consumed {
		d.t.Errorf("nothing brings events to %s", name)
	}
}

func (d *deployment) resources(kind string) []string {
	d.t.Helper()
	ids, err := d.stack.Resources(kind)
	if err != nil {
		d.t.Fatal(err)
	}
	return ids
}

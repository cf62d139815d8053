package lambdatest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
)

const (
	topicARN   = "arn:aws:sns:eu-central-1:123456789012:ticketing"
	mostQueued = 10                     // messages of one invocation
	hidden     = 300 * time.Millisecond // from a failure to the next try: a queue of AWS's takes seconds
)

// StartSmall runs the services' real programs without bus and dispatcher: each function sends its events to a topic of SNS, which
// brings them to a queue of SQS for each consumer.
func StartSmall(t testing.TB, programs string, backends *systemtest.Backends, front *systemtest.Front) (*System, *Topic) {
	t.Helper()
	s := newSystem(t, backends, front)
	databases, _ := Migrate(t, s.Backends)
	topic := newTopic(t, topicARN, s.Functions)
	s.serve(t, programs, front, func(service, _ string) config.Values {
		return s.Settings(service).With(config.Values{
			"BUS_URL": "sns:///" + topicARN, "SCHEDULER_URL": schedulerURL, "DATABASE_URL": databases[service],
			"REDIS_URL": "none", "AWS_ENDPOINT_URL": topic.url, "AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test",
		})
	})
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		contents.Stop()
		for _, c := range contents.Consumers {
			topic.subscribe("arn:aws:sqs:eu-central-1:123456789012:"+c.Name, c.Types, s.Functions[c.Name])
		}
	}
	t.Cleanup(topic.close) // before the functions': it invokes them no more
	return s, topic
}

// Topic stands in for SNS, SQS and Lambda's own polling of queues, and for EventBridge Scheduler.
type Topic struct {
	Loses atomic.Pointer[string] // a type of events, which reach no queue

	t         testing.TB
	arn       string
	url       string // of the APIs
	may       func(caller, action, resource string) bool
	functions map[string]*Function
	group     string                           // of schedules
	prefix    string                           // of the functions' names
	runs      func(role, function string) bool // whether a schedule with that role may run it, both by their ARNs
	planned   sync.Map                         // schedules of which a run is planned
	queues    []*queue
	last      atomic.Int64 // message's number
	hidden    sync.Map     // for how long a message is to be hidden: by receipt
	closing   sync.Once
	ended     sync.WaitGroup
}

func newTopic(t testing.TB, arn string, functions map[string]*Function) *Topic {
	p := &Topic{t: t, arn: arn, functions: functions, may: func(string, string, string) bool { return true }}
	p.group, p.runs = "ticketing", func(role, _ string) bool { return role == sweepRole }
	server := httptest.NewServer(p)
	p.url = server.URL
	t.Cleanup(func() {
		server.CloseClientConnections() // of environments that are frozen
		server.Close()
	})
	return p
}

func (p *Topic) subscribe(arn string, types []string, f *Function) {
	q := &queue{topic: p, arn: arn, types: types, function: f, messages: make(chan events.SQSMessage, 10_000), closed: make(chan struct{})}
	p.queues = append(p.queues, q)
	p.ended.Go(q.run)
}

// refuses answers a call for which its caller has no permission, or that is not signed.
func (p *Topic) refuses(w http.ResponseWriter, r *http.Request, action, resource string) bool {
	_, signer, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	caller, _, _ := strings.Cut(signer, "/")
	if caller != "" && p.may(caller, action, resource) {
		return false
	}
	p.t.Errorf("%q may not %s %s", caller, action, resource)
	http.Error(w, "AccessDenied", http.StatusForbidden)
	return true
}

func (p *Topic) close() {
	p.closing.Do(func() {
		for _, q := range p.queues {
			close(q.closed)
		}
		p.ended.Wait()
	})
}

// ServeHTTP takes what is published, once it is signed.
func (p *Topic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("X-Amz-Target") == "AmazonSQS.ChangeMessageVisibility":
		p.hide(w, r)
		return
	case strings.HasPrefix(r.URL.Path, "/schedules/"):
		p.plan(w, r)
		return
	}
	err := r.ParseForm()
	form := r.PostForm
	if p.refuses(w, r, "sns:"+form.Get("Action"), form.Get("TopicArn")) {
		return
	}
	if err != nil || form.Get("Action") != "Publish" || form.Get("TopicArn") != p.arn || form.Get("MessageAttributes.entry.1.Name") != "type" {
		p.t.Errorf("SNS was asked for %v, %v", form, err)
		http.Error(w, "what?", http.StatusBadRequest)
		return
	}
	lost := p.Loses.Load()
	for i, q := range p.queues {
		if lost != nil && *lost == form.Get("MessageAttributes.entry.1.Value.StringValue") {
			break
		}
		if slices.Contains(q.types, form.Get("MessageAttributes.entry.1.Value.StringValue")) {
			id := fmt.Sprint(i, "-", p.last.Add(1))
			q.messages <- events.SQSMessage{
				MessageId: id, ReceiptHandle: id, EventSource: "aws:sqs", EventSourceARN: q.arn, Body: form.Get("Message"),
				Attributes: map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": strconv.FormatInt(time.Now().UnixMilli(), 10)},
			}
		}
	}
	_, _ = io.WriteString(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
}

// hide notes how long a function wants a message hidden.
func (p *Topic) hide(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		QueueUrl, ReceiptHandle string
		VisibilityTimeout       int
	}
	err := json.NewDecoder(r.Body).Decode(&asked)
	arn := "arn:aws:sqs:eu-central-1:123456789012:" + path.Base(asked.QueueUrl)
	if p.refuses(w, r, "sqs:ChangeMessageVisibility", arn) {
		return
	}
	if err != nil || !strings.HasPrefix(asked.QueueUrl, "https://sqs.eu-central-1.amazonaws.com/123456789012/") {
		p.t.Errorf("SQS was asked for %+v, %v", asked, err)
	}
	p.hidden.Store(asked.ReceiptHandle, time.Duration(asked.VisibilityTimeout)*time.Second)
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_, _ = io.WriteString(w, `{}`)
}

// queue brings what waits to its consumer's function, and again what that names as failed.
type queue struct {
	topic    *Topic
	arn      string
	types    []string // that it is filled with
	function *Function
	messages chan events.SQSMessage
	closed   chan struct{}
}

func (q *queue) run() {
	for {
		var batch []events.SQSMessage
		select {
		case m := <-q.messages:
			batch = append(batch, m)
		case <-q.closed:
			return
		}
		for len(q.messages) > 0 && len(batch) < mostQueued {
			batch = append(batch, <-q.messages)
		}
		for _, m := range q.failed(batch) {
			count, _ := strconv.Atoi(m.Attributes["ApproximateReceiveCount"]) // which is a number
			m.Attributes["ApproximateReceiveCount"] = strconv.Itoa(count + 1)
			after := any(hidden)
			if asked, ok := q.topic.hidden.LoadAndDelete(m.ReceiptHandle); ok {
				after = asked
			}
			time.AfterFunc(after.(time.Duration), func() { q.messages <- m })
		}
	}
}

// failed invokes the function, and returns what has to come again.
func (q *queue) failed(batch []events.SQSMessage) []events.SQSMessage {
	payload, _ := json.Marshal(events.SQSEvent{Records: batch}) // which is made of text
	done := q.function.Invoke(payload)
	var answer events.SQSEventResponse
	if err := json.Unmarshal(done.Data, &answer); done.Failed || err != nil {
		return batch
	}
	return slices.DeleteFunc(batch, func(m events.SQSMessage) bool {
		return !slices.ContainsFunc(answer.BatchItemFailures, func(f events.SQSBatchItemFailure) bool { return f.ItemIdentifier == m.MessageId })
	})
}

package sns_test

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

	"github.com/gittix/ticketing/shared/bus/sns"
)

// TestLambda publishes as a function does: to the topic's region, with the environment's credentials, in one request.
func TestLambda(t *testing.T) {
	t.Parallel()
	asked := make(chan url.Values, 10)
	var authorization, token string
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Error(err)
		}
		authorization, token = r.Header.Get("Authorization"), r.Header.Get("X-Amz-Security-Token")
		asked <- form
		_, _ = io.WriteString(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
	}))
	t.Cleanup(aws.Close)
	environment := map[string]string{"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "token", "AWS_ENDPOINT_URL_SNS": aws.URL, "AWS_REGION": "us-east-1"}
	conn, err := sns.Lambda("sns:///arn:aws:sns:eu-west-3:123456789012:ticketing", func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Publish(t.Context(), "orders.created", []byte(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	form := <-asked
	if form.Get("Action") != "Publish" || form.Get("TopicArn") != "arn:aws:sns:eu-west-3:123456789012:ticketing" || form.Get("Message") != `{"a":1}` ||
		form.Get("MessageAttributes.entry.1.Name") != "type" || form.Get("MessageAttributes.entry.1.Value.StringValue") != "orders.created" {
		t.Errorf("asked %v", form)
	}
	if !strings.Contains(authorization, "Credential=AKIATEST/") || !strings.Contains(authorization, "/eu-west-3/sns/") || token != "token" || len(asked) > 0 {
		t.Errorf("as %s with %q, and %d more requests", authorization, token, len(asked))
	}
}

// TestLambdaRefuses: what is no topic's ARN.
func TestLambdaRefuses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "stan://nats:4222/ticketing", "sns://ticketing", "sns:///ticketing", "sns:///arn:aws:sqs:eu-west-1:1:queue", "sns:///arn:aws:sns::1:topic"} {
		if _, err := sns.Lambda(url, func(string) string { return "" }); err == nil {
			t.Errorf("%q is taken", url)
		}
	}
}

// TestHide: a message is hidden in its own queue, in whole seconds that are no fewer, and never longer than SQS takes.
func TestHide(t *testing.T) {
	t.Parallel()
	bodies := make(chan string, 10)
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("X-Amz-Target") != "AmazonSQS.ChangeMessageVisibility" {
			t.Errorf("asked for %s, %v", r.Header.Get("X-Amz-Target"), err)
		}
		bodies <- string(body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, `{}`)
	}))
	t.Cleanup(aws.Close)
	environment := map[string]string{"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL_SQS": aws.URL}
	conn, err := sns.Lambda("sns:///arn:aws:sns:eu-west-3:123456789012:ticketing", func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	queue := conn.(interface {
		Hide(ctx context.Context, queue, receipt string, d time.Duration) error
	})
	for d, want := range map[time.Duration]int{1500 * time.Millisecond: 2, 20 * time.Minute: 1200, 13 * time.Hour: 43200} {
		if err := queue.Hide(t.Context(), "arn:aws:sqs:eu-west-3:123456789012:orders", "r1", d); err != nil {
			t.Fatal(err)
		}
		var asked struct {
			QueueUrl, ReceiptHandle string
			VisibilityTimeout       int
		}
		if err := json.Unmarshal([]byte(<-bodies), &asked); err != nil {
			t.Fatal(err)
		}
		if asked.QueueUrl != "https://sqs.eu-west-3.amazonaws.com/123456789012/orders" || asked.ReceiptHandle != "r1" || asked.VisibilityTimeout != want {
			t.Errorf("%v: asked %+v, want %d seconds", d, asked, want)
		}
	}
	if err := queue.Hide(t.Context(), "orders", "r1", time.Second); err == nil {
		t.Error("what is no ARN is taken")
	}
}

//go:build moto

package sns_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/sns"
)

// open opens a bus on a topic in moto.
func open(t *testing.T, topic string) *bus.Bus {
	t.Helper()
	b := bus.New(sns.New(sns.Config{AWS: as(moto.Addr()), Topic: topic}), bus.Options{})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return b
}

// join subscribes, and returns where the messages come.
func join(t *testing.T, b *bus.Bus, group, subject string) <-chan string {
	t.Helper()
	come := make(chan string, 100)
	if err := b.Subscribe(bus.Subscription{Subject: subject, Group: group, Handle: func(_ context.Context, d bus.Delivery) error {
		come <- string(d.Data)
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "joined", func() bool { return b.Ready(t.Context()) == nil })
	return come
}

func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func first(t *testing.T, come <-chan string) string {
	t.Helper()
	select {
	case message := <-come:
		return message
	case <-time.After(time.Minute):
	}
	t.Fatal("nothing comes")
	return ""
}

// TestFiltered: a group gets messages of its subject and no others, whatever bytes they are.
func TestFiltered(t *testing.T) {
	t.Parallel()
	b := open(t, "filtered")
	created, updated := join(t, b, "copy", "orders.created"), join(t, b, "copy", "orders.updated")
	for _, message := range []string{"text <&> é\t", "a\x00b", "\uffff", "\xff\xfe"} {
		for subject, come := range map[string]<-chan string{"orders.created": created, "orders.updated": updated} {
			if err := b.Publish(t.Context(), subject, []byte(subject+message)); err != nil {
				t.Fatal(err)
			}
			if got := first(t, come); got != subject+message {
				t.Errorf("of %s came %q, want %q", subject, got, subject+message)
			}
		}
	}
}

// TestUnsendable: what AWS will never take is no failure that passes.
func TestUnsendable(t *testing.T) {
	t.Parallel()
	b := open(t, "unsendable")
	eventually(t, "published", func() bool { return b.Publish(t.Context(), "orders.created", []byte("{}")) == nil })
	if err := b.Publish(t.Context(), "orders.created", make([]byte, 300<<10)); err == nil || errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("too large: %v", err)
	}
}

// TestQueue: a new queue keeps messages as long as can be, takes them from its topic alone, and has a queue for redrives; one that
// exists stays as it is.
func TestQueue(t *testing.T) {
	t.Parallel()
	queues := sqs.NewFromConfig(as(moto.Addr()))
	join(t, open(t, "made"), "copy", "orders.created")
	found, err := queues.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String("made-copy-orders-created-")})
	if err != nil || len(found.QueueUrls) != 2 {
		t.Fatalf("%v, %v", found, err)
	}
	queue, redrive := found.QueueUrls[0], found.QueueUrls[1]
	if strings.HasSuffix(queue, "-redrive") {
		queue, redrive = redrive, queue
	}
	all := func() map[string]string {
		got, err := queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &queue, AttributeNames: []types.QueueAttributeName{"All"}})
		if err != nil {
			t.Fatal(err)
		}
		return got.Attributes
	}
	got := all()
	if got["MessageRetentionPeriod"] != "1209600" || !strings.Contains(got["RedrivePolicy"], ":made-copy-") || !strings.HasSuffix(redrive, "-redrive") ||
		!strings.Contains(got["Policy"], `"arn:aws:sns:eu-west-1:123456789012:made"`) {
		t.Errorf("%v, redrive %s", got, redrive)
	}
	if _, err := queues.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &queue, Attributes: map[string]string{"MessageRetentionPeriod": "60"}}); err != nil {
		t.Fatal(err)
	}
	join(t, open(t, "made"), "copy", "orders.created")
	if got := all()["MessageRetentionPeriod"]; got != "60" {
		t.Errorf("the operator's 60 seconds became %s", got)
	}
}

// TestTopicByARN: a topic that is named by its ARN is used, and not created.
func TestTopicByARN(t *testing.T) {
	t.Parallel()
	come := join(t, open(t, "byarn"), "copy", "orders.created")
	b := open(t, "arn:aws:sns:eu-west-1:123456789012:byarn")
	eventually(t, "published", func() bool { return b.Publish(t.Context(), "orders.created", []byte("one")) == nil })
	if got := first(t, come); got != "one" {
		t.Errorf("came %q", got)
	}
	missing := open(t, "arn:aws:sns:eu-west-1:123456789012:missing")
	if err := missing.Publish(t.Context(), "orders.created", []byte("one")); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("a topic that is not there: %v", err)
	}
}

package town_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// manifest is what the tests read of a Trigger or a PingSource. A field that they do not know is an error: it
// may have a meaning.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name, Namespace string
		Labels          map[string]string
	}
	Spec struct {
		Broker     string
		Filters    []filter
		Subscriber destination
		Delivery   struct {
			DeadLetterSink destination `yaml:"deadLetterSink"`
		}
		Schedule string
		Sink     destination
	}
}

// filter is true of an event with exactly these attributes, and of one of which any of the others is.
type filter struct {
	Exact map[string]string
	Any   []filter
}

// destination is a path of a service.
type destination struct {
	Ref struct {
		APIVersion string `yaml:"apiVersion"`
		Kind, Name string
	}
	URI string
}

func (d destination) url(inside string) string { return inside + "/" + d.Ref.Name + d.URI }

func (f filter) matches(e cloudEvent) bool {
	for name, value := range f.Exact {
		if e.attribute(name) != value {
			return false
		}
	}
	for _, one := range f.Any {
		if one.matches(e) {
			return true
		}
	}
	return len(f.Any) == 0
}

// manifests reads a file of knative/.
func manifests(t *testing.T, file string) (all []manifest) {
	t.Helper()
	data, err := os.ReadFile("../../../knative/" + file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	for {
		var m manifest
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, m)
	}
}

// triggers returns the Triggers of the manifests, which try again sooner and less often here.
func triggers(t *testing.T, inside string) (all []trigger) {
	t.Helper()
	for _, m := range manifests(t, "base/triggers.yaml") {
		all = append(all, trigger{name: m.Metadata.Name, filters: m.Spec.Filters, subscriber: m.Spec.Subscriber.url(inside), delivery: delivery{
			retry: 4, backoffDelay: 100 * time.Millisecond, linear: true, deadLetters: m.Spec.Delivery.DeadLetterSink.url(inside),
		}})
	}
	return all
}

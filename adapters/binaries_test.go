package adapters_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/manifests"
)

// TestBinariesHoldWhatTheyUse: a service's program links the client of what the service reaches, and no other; nothing that is
// embedded; and, as `sam build` makes it for Lambda, no other platform, no bus and no exporter of traces.
func TestBinariesHoldWhatTheyUse(t *testing.T) {
	t.Parallel()
	onLambda, inImages := tags(t, "cmd/lambda.mk"), tags(t, ".ko.yaml")
	system, err := manifests.Load()
	if err != nil {
		t.Fatal(err)
	}
	clients := map[string]string{"postgres": "github.com/jackc/pgx", "redis": "github.com/redis/"}
	for _, service := range system.Services {
		t.Run(service.Name, func(t *testing.T) {
			t.Parallel()
			linked := dependencies(t, "-tags", inImages, "./cmd/"+service.Name)
			for place, library := range clients {
				if strings.Contains(linked, "\n"+library) != service.Reaches(place) {
					t.Errorf("reaches %s: %v; links %s: %v", place, service.Reaches(place), library, !service.Reaches(place))
				}
			}
			if strings.Contains(linked, "\ngithub.com/stripe/") != service.Reads("STRIPE_SECRET_KEY") {
				t.Errorf("reads Stripe's key: %v; links its client: %v", service.Reads("STRIPE_SECRET_KEY"), !service.Reads("STRIPE_SECRET_KEY"))
			}
			for _, other := range []string{"github.com/aws/aws-sdk-go", "github.com/nats-io/nats-server", "github.com/nats-io/nats-streaming-server",
				"github.com/alicebob/", module + "shared/embedded", "testing\n",
				"net/rpc\n", "golang.org/x/net/trace\n", "github.com/modern-go/reflect2\n"} { // with these the linker keeps every method there is
				if strings.Contains(linked, "\n"+other) {
					t.Errorf("links %s", other)
				}
			}
			linked = dependencies(t, "-tags", onLambda, "./cmd/"+service.Name)
			for _, other := range []string{"go.opentelemetry.io/proto/otlp", "google.golang.org/grpc", "go.opentelemetry.io/otel/exporters",
				"github.com/nats-io/", module + "adapters/process"} {
				if strings.Contains(linked, "\n"+other) {
					t.Errorf("links %s on Lambda", other)
				}
			}
		})
	}
}

// tags are those that a file has programs built with.
func tags(t *testing.T, path string) string {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`-tags[ =]([\w.,]+)`).FindSubmatch(file)
	if found == nil {
		t.Fatalf("%s builds without tags", path)
	}
	return string(found[1])
}

// dependencies are the packages that a program links, each on a line of its own.
func dependencies(t *testing.T, args ...string) string {
	t.Helper()
	out, err := golang(t.Context(), "adapters", nil, append([]string{"list", "-deps"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return "\n" + string(out)
}

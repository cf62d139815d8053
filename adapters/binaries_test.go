package adapters_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestBinariesHoldWhatTheyUse: a process links no library of another service's, and nothing that is embedded.
func TestBinariesHoldWhatTheyUse(t *testing.T) {
	t.Parallel()
	const (
		stripe   = "github.com/stripe/"
		redis    = "github.com/redis/"
		postgres = "github.com/jackc/pgx"
	)
	nowhere := []string{"github.com/aws/aws-sdk-go", "github.com/nats-io/nats-server", "github.com/nats-io/nats-streaming-server",
		"github.com/alicebob/", house + "shared/embedded", "testing"}
	for name, c := range map[string]struct{ with, without []string }{
		"auth":       {[]string{postgres}, []string{stripe, redis}},
		"tickets":    {[]string{postgres}, []string{stripe, redis}},
		"orders":     {[]string{postgres}, []string{stripe, redis}},
		"payments":   {[]string{postgres, stripe}, []string{redis}},
		"expiration": {[]string{redis}, []string{stripe, postgres}},
		"client":     {nil, []string{stripe, postgres, redis}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := golang(t.Context(), "adapters", nil, "list", "-deps", "./cmd/"+name)
			if err != nil {
				t.Fatal(err)
			}
			linked := strings.Fields(string(out))
			links := func(part string) bool {
				return slices.ContainsFunc(linked, func(path string) bool {
					return path == part || strings.Contains(path, "/") && strings.Contains(path, part) && part != "testing"
				})
			}
			for _, part := range c.with {
				if !links(part) {
					t.Errorf("does not link %s", part)
				}
			}
			for _, part := range slices.Concat(c.without, nowhere) {
				if links(part) {
					t.Errorf("links %s", part)
				}
			}
		})
	}
}

// TestLambdasHoldWhatTheyUse: as `sam build` makes it, a binary links no other platform, no bus and no exporter of traces.
func TestLambdasHoldWhatTheyUse(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("cmd/lambda.mk")
	if err != nil {
		t.Fatal(err)
	}
	tags := regexp.MustCompile(`-tags (\S+)`).FindSubmatch(makefile)
	if tags == nil {
		t.Fatal("cmd/lambda.mk builds without tags")
	}
	for _, name := range []string{"auth", "tickets", "orders", "payments", "expiration", "client"} {
		out, err := golang(t.Context(), "adapters", nil, "list", "-deps", "-tags", string(tags[1]), "./cmd/"+name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"go.opentelemetry.io/proto/otlp", "google.golang.org/grpc", "otel/exporters", "github.com/nats-io/", house + "adapters/process"} {
			if strings.Contains(string(out), part) {
				t.Errorf("%s links %s", name, part)
			}
		}
	}
}

package adapters_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/bus/jetstream"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// TestLimitsOfTheBus: wherever it runs, the bus discards events while the outboxes have them for at least five days more, and before
// its volume is full.
func TestLimitsOfTheBus(t *testing.T) {
	t.Parallel()
	number := func(file, pattern string) int64 {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(pattern).FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s: no %s", file, pattern)
		}
		n, err := strconv.ParseInt(string(found[1]), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	const streaming, js, aws, volume = "k8s/base/nats-streaming/nats-streaming.yaml", "k8s/components/jetstream/nats/", "template.yaml", `storage: (\d+)Gi`
	for where, age := range map[string]time.Duration{
		"JetStream": jetstream.DefaultMaxAge, "embedded": stanserver.DefaultMaxAge,
		streaming: time.Duration(number(streaming, `--max_age=(\d+)h`)) * time.Hour, aws: time.Duration(number(aws, `--max_age (\d+)h`)) * time.Hour,
	} {
		if age < time.Hour || age+5*24*time.Hour > postgres.Retention {
			t.Errorf("%s keeps events for %v, outboxes for %v", where, age, postgres.Retention)
		}
	}
	channel := number(streaming, `--max_bytes=(\d+)`)
	if channel != stanserver.DefaultMaxBytes || channel != number(aws, `--max_bytes (\d+)`) {
		t.Errorf("a channel may take %d bytes on Kubernetes, and others elsewhere", channel)
	}
	all := channel * int64(len(event.All())) * 5 / 4 // files are deleted as a whole, a quarter of a channel each
	if room := number(streaming, volume) << 30; all <= 0 || all > room*3/4 {
		t.Errorf("channels may take %d bytes of %d", all, room)
	}
	store := number(js+"nats.conf", `max_file_store: (\d+)GB`) << 30
	if room := number(js+"nats.yaml", volume) << 30; jetstream.DefaultMaxBytes > store*3/4 || store >= room {
		t.Errorf("the stream may take %d bytes of %d, the server has %d", jetstream.DefaultMaxBytes, store, room)
	}
}

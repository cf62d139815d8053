package busurl

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]target{
		"stan://nats:4222/ticketing":       {scheme: "stan", servers: []string{"nats://nats:4222"}, name: "ticketing", monitor: 8222},
		"stan://nats/ticketing":            {scheme: "stan", servers: []string{"nats://nats:4222"}, name: "ticketing", monitor: 8222},
		"jetstream://127.0.0.1:4222":       {scheme: "jetstream", servers: []string{"nats://127.0.0.1:4222"}},
		"jetstream://[::1]:4222/":          {scheme: "jetstream", servers: []string{"nats://[::1]:4222"}},
		"jetstream://a:1,b:2,c/events":     {scheme: "jetstream", servers: []string{"nats://a:1", "nats://b:2", "nats://c:4222"}, name: "events"},
		"stan://a:1,b:2/c?tls=true":        {scheme: "stan", servers: []string{"nats://a:1", "nats://b:2"}, name: "c", tls: true, monitor: 8222},
		"stan://a/c?monitor=0":             {scheme: "stan", servers: []string{"nats://a:4222"}, name: "c"},
		"jetstream://a?max_bytes=1048576":  {scheme: "jetstream", servers: []string{"nats://a:4222"}, maxBytes: 1 << 20},
		"jetstream://a?replicas=3":         {scheme: "jetstream", servers: []string{"nats://a:4222"}, replicas: 3},
		"jetstream://a?max_age=168h&tls=0": {scheme: "jetstream", servers: []string{"nats://a:4222"}, maxAge: 168 * time.Hour},
		"stan://ann:pa%40ss@h:1,i:2/c":     {scheme: "stan", servers: []string{"nats://h:1", "nats://i:2"}, name: "c", user: url.UserPassword("ann", "pa@ss"), monitor: 8222},
		"jetstream://t0ken@h":              {scheme: "jetstream", servers: []string{"nats://h:4222"}, user: url.User("t0ken")},
	} {
		if got, err := parse(raw); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v, want %+v", raw, got, err, want)
		}
	}
}

func TestParseMalformed(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                                "want stan://",
		"nats://h:1":                      "want stan://",
		"stan:h:1/c":                      "want stan://",
		"stan://h:1":                      "no cluster id",
		"stan://h:1/":                     "no cluster id",
		"stan://h:1/c/d":                  `path "c/d"`,
		"stan:///c":                       "want host:port",
		"stan://h:1,/c":                   "want host:port",
		"stan://h:one/c":                  "want host:port",
		"stan://h#1/c":                    "want host:port",
		"stan://h:70000/c":                "no such port",
		"stan://user:secret%@h:1/c":       "malformed credentials",
		"stan://u:secret@h:1/c?tls=maybe": "query tls",
		"stan://u:secret@h:1/c?tsl=true":  "query tsl: not known",
		"stan://h:1/c?replicas=3":         "query replicas: not known",
		"jetstream://h?replicas=0":        "query replicas",
		"jetstream://h?max_bytes=1GB":     "query max_bytes",
		"jetstream://h?max_bytes=-1":      "query max_bytes",
		"jetstream://h?max_bytes=1048575": "query max_bytes: want at least 1048576",
		"jetstream://h?max_bytes=0":       "query max_bytes",
		"stan://h:1/c?monitor=70000":      "query monitor",
		"jetstream://h?max_age=-1h":       "query max_age",
		"jetstream://h?max_age=59s":       "query max_age: want at least 1m",
		"jetstream://u:secret@h:1:2":      "want host:port",
		"jetstream://h/no.dots":           `path "no.dots"`,
	} {
		_, err := parse(raw)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", raw, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows the password: %v", raw, err)
		}
	}
}

package busurl

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/bus"
)

// leastBytes of a stream are far above the largest event, for which a smaller one might never have room.
const leastBytes = 1 << 20

// target is what a bus URL says.
type target struct {
	scheme   string   // stan or jetstream
	servers  []string // nats://host:port
	user     *url.Userinfo
	name     string // of the streaming cluster, or of the stream
	tls      bool
	replicas int           // 0 = not said
	maxAge   time.Duration // 0 = not said
	maxBytes int64         // 0 = not said
	monitor  int           // the port; 0 = none
}

func parse(raw string) (target, error) {
	scheme, rest, found := strings.Cut(raw, "://")
	if !found || scheme != "stan" && scheme != "jetstream" {
		return target{}, errors.New("want stan://host:port/cluster-id or jetstream://host:port")
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	user, hosts := "", authority
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		user, hosts = authority[:i+1], authority[i+1:]
	}
	// net/url takes one host, so the list is kept from it.
	u, err := url.Parse(scheme + "://" + user + "hosts" + path)
	if err != nil {
		return target{}, errors.New("malformed credentials, path or query")
	}
	t := target{scheme: scheme, user: u.User, name: strings.Trim(u.Path, "/")}
	if scheme == "stan" {
		t.monitor = 8222
	}
	for host := range strings.SplitSeq(hosts, ",") {
		server, err := parseHost(host)
		if err != nil {
			return target{}, err
		}
		t.servers = append(t.servers, server)
	}
	if t.name == "" && scheme == "stan" {
		return target{}, errors.New("no cluster id: want stan://host:port/cluster-id")
	}
	if t.name != "" && !bus.ValidName(t.name) {
		return target{}, fmt.Errorf("path %q: want letters, digits, - and _", t.name)
	}
	return t, t.readQuery(u.Query())
}

// parseHost turns host[:port] into nats://host:port.
func parseHost(hostport string) (string, error) {
	u, err := url.Parse("nats://" + hostport)
	bracketed := strings.HasPrefix(hostport, "[")
	if err != nil || u.Host != hostport || u.Hostname() == "" || strings.Contains(u.Hostname(), ":") != bracketed {
		return "", fmt.Errorf("host %q: want host:port", hostport)
	}
	port := cmp.Or(u.Port(), "4222")
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", fmt.Errorf("host %q: no such port", hostport)
	}
	return "nats://" + net.JoinHostPort(u.Hostname(), port), nil
}

func (t *target) readQuery(query url.Values) error {
	for key, values := range query {
		value := values[len(values)-1]
		var err error
		switch {
		case key == "tls":
			t.tls, err = strconv.ParseBool(value)
		case key == "replicas" && t.scheme == "jetstream":
			t.replicas, err = strconv.Atoi(value)
			if err == nil && (t.replicas < 1 || t.replicas > 5) {
				err = errors.New("not between 1 and 5")
			}
		case key == "max_age" && t.scheme == "jetstream":
			t.maxAge, err = time.ParseDuration(value)
			if err == nil && t.maxAge < time.Minute {
				err = errors.New("want at least 1m: an older event is discarded")
			}
		case key == "max_bytes" && t.scheme == "jetstream":
			t.maxBytes, err = strconv.ParseInt(value, 10, 64)
			if err == nil && t.maxBytes < leastBytes {
				err = fmt.Errorf("want at least %d: what has no room is discarded", leastBytes)
			}
		case key == "monitor" && t.scheme == "stan":
			t.monitor, err = strconv.Atoi(value)
			if err == nil && (t.monitor < 0 || t.monitor > 65535) {
				err = errors.New("no such port")
			}
		default:
			err = errors.New("not known for " + t.scheme)
		}
		if err != nil {
			return fmt.Errorf("query %s: %w", key, err)
		}
	}
	return nil
}

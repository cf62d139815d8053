package stan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gittix/ticketing/shared/bus"
)

// monitor asks the server's monitoring port: clients of NATS Streaming are not told what the server stores.
type monitor struct{ address string }

// monitorOf returns the monitor of the server at serverURL.
func monitorOf(serverURL string, port int) monitor {
	u, err := url.Parse(serverURL)
	if err != nil || port <= 0 {
		return monitor{}
	}
	return monitor{net.JoinHostPort(u.Hostname(), strconv.Itoa(port))}
}

// channel is what is stored of one subject.
type channel struct {
	Name          string
	Bytes         int64
	FirstSeq      int64 `json:"first_seq"`
	LastSeq       int64 `json:"last_seq"`
	Subscriptions []subscription
}

// subscription is a member of a group, or stands for one without members.
type subscription struct {
	Group    string `json:"queue_name"`
	LastSent int64  `json:"last_sent"`
	Pending  int64  `json:"pending_count"` // sent, and not acknowledged
}

// channels returns all channels with their subscriptions, those of groups without members included.
func (m monitor) channels(ctx context.Context) ([]channel, error) {
	var answer struct{ Channels []channel }
	return answer.Channels, m.get(ctx, "/streaming/channelsz?subs=1&limit=1000", &answer)
}

// maxBytes is the limit of each channel; 0: none.
func (m monitor) maxBytes(ctx context.Context) (int64, error) {
	var answer struct {
		Limits struct {
			MaxBytes int64 `json:"max_bytes"`
		}
	}
	return answer.Limits.MaxBytes, m.get(ctx, "/streaming/storez", &answer)
}

func (m monitor) get(ctx context.Context, path string, answer any) error {
	if m.address == "" {
		return errors.New("stan: the server has no monitoring port")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.address+path, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("%w: %w", bus.ErrUnavailable, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("stan: monitoring: %s", response.Status)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// groupOf is how the server calls a group.
func groupOf(name string) string { return name + ":" + name }

// of returns what was sent last to a group, to whichever member, and how many messages it has not acknowledged.
func (c channel) of(group string) (sent, waiting int64) {
	for _, s := range c.Subscriptions {
		if s.Group == groupOf(group) {
			sent, waiting = max(sent, s.LastSent), waiting+s.Pending
		}
	}
	return sent, waiting + c.LastSeq - max(sent, c.FirstSeq-1)
}

// missed reports whether the server has discarded messages that were never sent to a group.
func (c channel) missed(group string) bool {
	known := slices.ContainsFunc(c.Subscriptions, func(s subscription) bool { return s.Group == groupOf(group) })
	sent, _ := c.of(group)
	return known && sent+1 < c.FirstSeq
}

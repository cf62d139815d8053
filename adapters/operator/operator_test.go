package operator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/operator"
)

// TestEmptyUser: an argument that is empty, as a variable may be that is not set, does not end the sessions of every user.
func TestEmptyUser(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"", " "} {
		if _, err := operator.Parse([]string{"sessions", "end", who}); err == nil {
			t.Errorf("sessions end %q is taken", who)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	all := []string{"tickets", "orders"}
	for _, c := range []struct {
		args     string
		services []string
		want     string // "" if it is right
	}{
		{"migrate", nil, ""},
		{"deadletters list", nil, ""},
		{"deadletters replay", nil, ""},
		{"deadletters replay 1 2", nil, ""},
		{"outbox replay --since 90m", nil, ""},
		{"outbox replay --since 90m --until 1h", nil, ""},
		{"outbox replay --since 90m --until tomorrow", nil, "--until needs"},
		{"outbox replay --until 1h", nil, "--since needs"},
		{"outbox replay --since 1h --until 2h", nil, "--until must be after --since"},
		{"outbox replay --since 2h --until 2000-01-02T15:04:05Z", nil, "--until must be after --since"},
		{"outbox replay --since 1h --until 1h", nil, "--until must be after --since"},
		{"outbox replay --since 1h --until 0001-01-01T00:00:00Z", nil, "--until needs"},
		{"outbox replay --since 2h --until=", nil, "--until needs"},
		{"outbox replay --since=", nil, "--since needs"},
		{"outbox replay --since 2999-01-02T15:04:05Z", nil, "--since must be in the past"},
		{"outbox replay --since 2h --until 2999-01-02T15:04:05Z", nil, ""},
		{"restore announce --since 2999-01-02T15:04:05Z", nil, "--since must be in the past"},
		{"restore end --since 2999-01-02T15:04:05Z", nil, "--since must be in the past"},
		{"restore end --since=", nil, "--since needs"},
		{"migrate --service=", all, `no service ""`},
		{"outbox replay --since 2026-01-02T15:04:05Z", nil, ""},
		{"restore begin", all, ""},
		{"restore announce --since 9h", all, ""},
		{"restore end --since 9h", all, ""},
		{"restore end --since 9h --yes", nil, ""},
		{"restore end --since 9h --yes --anyway", nil, ""},
		{"restore end --yes", nil, "--since needs"},
		{"restore announce --since 9h --yes", nil, "yes"},
		{"restore", nil, "unknown command: restore"},
		{"deadletters replay", all, ""},
		{"deadletters replay --service orders 1", all, ""},
		{"migrate --service orders", all, ""},
		{"sessions end ada@example.com", nil, ""},
		{"sessions end --all", all, ""},
		{"sessions end", nil, "needs an e-mail address"},
		{"sessions end --all ada@example.com", nil, "needs an e-mail address"},
		{"sessions end a b", nil, "needs an e-mail address"},
		{"", nil, "unknown command"},
		{"replay", nil, "unknown command: replay"},
		{"deadletters groups", nil, ""},
		{"deadletters list --reason bug --consumer c 1", nil, ""},
		{"deadletters replay --dry-run --failures 3 --reason bug", all, ""},
		{"deadletters discard --dry-run --reason bug", all, ""},
		{"deadletters discard 1 2", nil, ""},
		{"deadletters discard", nil, "needs ids, --consumer or --reason"},
		{"deadletters discard --dry-run", nil, "needs ids, --consumer or --reason"},
		{"deadletters discard --consumer= 1", nil, "empty"},
		{"deadletters replay --reason=", nil, "empty"},
		{"deadletters discard 1", all, "needs its --service"},
		{"deadletters discard 1 --dry-run", nil, `"--dry-run" is not the id`},
		{"deadletters replay --failures 0", nil, "at least 1"},
		{"deadletters list --dry-run", nil, "dry-run"},
		{"deadletters sing", nil, "unknown command: deadletters sing"},
		{"deadletters list 1", nil, ""},
		{"migrate now", nil, `takes no "now"`},
		{"deadletters list --since 1h", nil, "since"},
		{"outbox replay --since yesterday", nil, "--since needs"},
		{"outbox replay --since -1h", nil, "--since needs"},
		{"deadletters list --service orders", nil, "service"},
		{"deadletters list --service sales", all, `no service "sales"`},
		{"deadletters replay 1", all, "needs its --service"},
	} {
		_, err := operator.Parse(strings.Fields(c.args), c.services...)
		if got := fmt.Sprint(err); (err == nil) != (c.want == "") || err != nil && !strings.Contains(got, c.want) {
			t.Errorf("%q: %v, want %q", c.args, err, c.want)
		}
	}
}

package sns

import (
	"strings"
	"testing"
)

// TestQueueName: queues of different groups and subjects have different names, which AWS takes, however long.
func TestQueueName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long", 30)
	names := map[string]bool{}
	for _, c := range [][2]string{{"a-b", "c.d"}, {"a", "b-c.d"}, {"a", "b.c-d"}, {"a", "b.c.d"}, {long, "x.y"}, {long, "x.z"}, {"end-payments-sessions", "auth.sessions_ended"}} {
		name := queueName("ticketing", c[0], c[1])
		if len(name+redriveSuffix) > longestName || strings.Contains(name, ".") || names[name] {
			t.Errorf("%v: %s", c, name)
		}
		names[name] = true
	}
}

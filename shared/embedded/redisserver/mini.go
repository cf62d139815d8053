package redisserver

import (
	"context"
	"fmt"

	"github.com/alicebob/miniredis/v2"
)

// mini is a Redis inside this process, its data with it.
type mini struct {
	server *miniredis.Miniredis
}

func newMini() *mini { return &mini{server: miniredis.NewMiniRedis()} }

func (m *mini) start(_ context.Context, port int, password string) error {
	m.server.RequireAuth(password)
	if err := m.server.StartAddr(fmt.Sprintf("127.0.0.1:%d", port)); err != nil {
		return fmt.Errorf("miniredis: %w", err)
	}
	// By itself miniredis expires nothing: its time stands still. This ties it
	// to the clock. Nothing of ours relies on a TTL for correctness.
	m.server.ClockTTL(true)
	return nil
}

func (m *mini) stop(context.Context) error {
	m.server.Close()
	return nil
}

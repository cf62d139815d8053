package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gittix/ticketing/shared/function"
)

// tick runs a schedule once. Its failure is the invocation's, so that the scheduler and its alarms hear of it.
func (a *Adapter) tick(ctx context.Context, name string) ([]byte, error) {
	s, err := a.schedule(name)
	if err != nil {
		return nil, err
	}
	if err := a.runner.Tick(ctx, a.service, s); err != nil {
		return nil, fmt.Errorf("lambda: schedule %s: %w", s.Name, err)
	}
	return json.Marshal(map[string]string{"done": s.Name})
}

// schedule returns the one of that name, or the only one.
func (a *Adapter) schedule(name string) (function.Schedule, error) {
	if name == "" && len(a.service.Schedules) == 1 {
		return a.service.Schedules[0], nil
	}
	for _, s := range a.service.Schedules {
		if s.Name == name {
			return s, nil
		}
	}
	if name == "" {
		return function.Schedule{}, errors.New("lambda: the tick does not say which schedule it is for")
	}
	return function.Schedule{}, fmt.Errorf("lambda: this function is not schedule %q", name)
}

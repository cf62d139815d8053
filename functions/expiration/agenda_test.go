package expiration

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/event"
)

// The agenda and its outbox do what this model of a few lines does, step by step.
func TestAgendaIsItsModel(t *testing.T) {
	t.Parallel()
	a := newAgenda(t)
	rapid.Check(t, func(r *rapid.T) {
		if err := a.client.FlushDB(t.Context()).Err(); err != nil {
			r.Fatal(err)
		}
		c, model := &clock{now: noon}, map[int32]stored{}
		o := newOutbox(a, c.Now)
		id, second := rapid.Int32Range(1, 5), rapid.IntRange(0, 60)
		fate := rapid.SampledFrom([]string{"announced", "refused", "died"})
		r.Repeat(map[string]func(*rapid.T){
			"": func(r *rapid.T) {
				if got := contents(t, a); !maps.Equal(got, model) {
					r.Fatalf("agenda %v, model %v", got, model)
				}
			},
			"news": func(r *rapid.T) {
				var open, ended []event.Order
				for range rapid.IntRange(0, 3).Draw(r, "open") {
					open = append(open, orderOf(id.Draw(r, "id"), event.OrderIsCreated, noon.Add(time.Duration(second.Draw(r, "second"))*time.Second)))
				}
				for range rapid.IntRange(0, 2).Draw(r, "ended") {
					ended = append(ended, orderOf(id.Draw(r, "id"), event.OrderIsCancelled, noon))
				}
				if err := a.scheduleExpiration(t.Context(), append(ended, open...)); err != nil {
					r.Fatal(err)
				}
				for _, order := range open {
					if at := order.ExpiresAt.UnixMilli(); at > model[order.ID].expiresAt {
						model[order.ID] = stored{at, at}
					}
				}
				for _, order := range ended {
					delete(model, order.ID)
				}
			},
			"time passes": func(r *rapid.T) {
				c.Set(c.Now().Add(time.Duration(second.Draw(r, "seconds")) * time.Second / 2))
			},
			"relay": func(r *rapid.T) {
				limit, now := rapid.IntRange(1, 4).Draw(r, "limit"), c.Now().UnixMilli()
				due := slices.DeleteFunc(slices.Sorted(maps.Keys(model)), func(id int32) bool { return model[id].wake > now })
				slices.SortStableFunc(due, func(x, y int32) int { return cmp.Compare(model[x].wake, model[y].wake) })
				due = due[:min(len(due), limit)]
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				claimed, err := o.Relay(ctx, limit, func(_ context.Context, events []event.Event) []error {
					errs := make([]error, len(events))
					dies := false
					for i, e := range events {
						s := model[due[i]]
						if want := "order-" + strconv.Itoa(int(due[i])) + "-" + strconv.FormatInt(s.expiresAt, 10); e.ID() != want || s.expiresAt > now {
							r.Fatalf("claimed %s, want %s not before its time", e.ID(), want)
						}
						switch f := fate.Draw(r, "fate"); {
						case dies || f == "died": // takes the whole batch with it
							dies = true
							cancel()
						case f == "refused":
							errs[i] = errRefused
						}
					}
					for i, id := range due {
						switch s := model[id]; {
						case dies:
							model[id] = stored{s.expiresAt, now + lease.Milliseconds()}
						case errs[i] != nil:
							model[id] = stored{s.expiresAt, now}
						default:
							delete(model, id)
						}
					}
					return errs
				})
				if claimed != len(due) || err != nil && ctx.Err() == nil && !errors.Is(err, errRefused) {
					r.Fatalf("claimed %d of %v, %v", claimed, due, err)
				}
			},
		})
	})
}

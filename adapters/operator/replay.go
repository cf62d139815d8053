package operator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// place is where a letter's event stands among the others.
type place struct {
	id                        int64
	consumer, source, subject string
	sequence                  int64
	at                        time.Time
}

// queue returns the letters that the command is about in the order of their events: of one publisher by their sequence, of several by
// time, where a clock that was set back does not count.
func (d *deadLetters) queue(ctx context.Context, s function.Service) ([]place, error) {
	var all []place
	err := d.each(ctx, s, func(l function.DeadLetter) error {
		e, _ := event.Decode(l.Event) // one that is no event comes first, and fails
		sequence, _ := strconv.ParseInt(e.Extension("sequence"), 10, 64)
		all = append(all, place{l.ID, l.Function, e.Source(), e.Subject(), sequence, e.Time()})
		return nil
	})
	slices.SortFunc(all, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.sequence, b.sequence), a.at.Compare(b.at), cmp.Compare(a.id, b.id))
	})
	for i := 1; i < len(all); i++ {
		if before := all[i-1]; before.source == all[i].source && all[i].at.Before(before.at) {
			all[i].at = before.at
		}
	}
	slices.SortStableFunc(all, func(a, b place) int { return a.at.Compare(b.at) })
	return all, err
}

// replay gives letters to their consumers again, in order. One that fails is kept, and so are those behind it that are about the same.
func (d *deadLetters) replay(ctx context.Context, s function.Service, out io.Writer) error {
	s.Signatures.Optional = d.unsigned
	queue, missing := d.queue(ctx, s)
	failed := map[[2]string]int64{} // the first, by consumer and subject
	failures, kept := 0, 0
	for i, p := range queue {
		if failures == d.failures {
			kept += len(queue) - i
			break
		}
		about := [2]string{p.consumer, p.subject}
		done := "replayed"
		if d.dryRun {
			done = "would be replayed"
		} else if first, held := failed[about]; held {
			kept++
			done = fmt.Sprintf("kept, since %d failed, which is about %s, too", first, p.subject)
		} else if err := again(ctx, s, p.id); err != nil {
			failures, kept = failures+1, kept+1
			done = "failed again: " + err.Error()
			if p.subject != "" {
				failed[about] = p.id
			}
		}
		if _, err := fmt.Fprintf(out, "%s %d  %s  %s\n", s.Name, p.id, p.consumer, done); err != nil {
			return err
		}
	}
	if failures == 0 {
		return missing
	}
	text := fmt.Sprintf("%d dead letters are kept: %d failed again", kept, failures)
	if failures == d.failures {
		text += fmt.Sprintf(", and after %d failures the rest was not tried", failures)
	}
	return errors.Join(missing, errors.New(text))
}

// again replays a letter, unless another command has replayed or discarded it.
func again(ctx context.Context, s function.Service, id int64) error {
	found, err := s.DeadLetters.List(ctx, id-1, 1)
	if err != nil || len(found) == 0 || found[0].ID != id {
		return err
	}
	return s.Replay(ctx, found[0])
}

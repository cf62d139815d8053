package operator

import (
	"errors"
	"flag"
	"time"
)

// span is the time that a command is about.
type span struct {
	since time.Time
	until time.Time // zero: it has no end
}

// define adds the flags that a command takes. Each is a time, or how long ago it was.
func (s *span) define(flags *flag.FlagSet, name string) {
	now := time.Now()
	add := func(name string, to *time.Time) {
		flags.Func(name, "", func(text string) (err error) {
			*to, err = parseTime("--"+name, text, now)
			return err
		})
	}
	add("since", &s.since)
	if name == "outbox replay" {
		add("until", &s.until)
	}
}

// check refuses a span that is not given, or in which nothing can have happened.
func (s *span) check() error {
	switch {
	case s.since.IsZero():
		return needsTime("--since")
	case s.since.After(time.Now()):
		return errors.New("--since must be in the past")
	case !s.until.IsZero() && !s.until.After(s.since):
		return errors.New("--until must be after --since")
	}
	return nil
}

func parseTime(flag, text string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil && !at.IsZero() {
		return at, nil
	}
	ago, err := time.ParseDuration(text)
	if err != nil || ago <= 0 {
		return time.Time{}, needsTime(flag)
	}
	return now.Add(-ago), nil
}

func needsTime(flag string) error {
	return errors.New(flag + " needs a duration such as 2h, or a time such as 2026-01-02T15:04:05Z")
}

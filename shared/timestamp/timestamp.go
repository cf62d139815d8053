// Package timestamp is time as this system writes it: UTC, RFC 3339, always three digits of milliseconds. Package postgres reads it.
package timestamp

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// Time is a moment in UTC, exact to the millisecond. The zero Time is no moment: null in JSON and SQL.
type Time struct{ time.Time }

// Of returns t in UTC, cut to the millisecond.
func Of(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// MarshalJSON writes the moment, or null for the zero Time.
func (t Time) MarshalJSON() ([]byte, error) { return t.AppendJSON(nil), nil }

// AppendJSON appends what MarshalJSON writes.
func (t Time) AppendJSON(b []byte) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	utc := t.UTC()
	b = utc.AppendFormat(append(b, '"'), time.RFC3339) // the one layout that package time writes fast
	ms := utc.Nanosecond() / int(time.Millisecond)
	return append(b[:len(b)-len("Z")], '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z', '"')
}

// UnmarshalJSON reads any RFC 3339 time, or null. Errors: also a time whose year in UTC has no four digits: written again, it could not be read.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	var parsed time.Time
	if err := json.Unmarshal(b, &parsed); err != nil {
		return err
	}
	if year := parsed.UTC().Year(); year < 0 || year > 9999 {
		return fmt.Errorf("timestamp: %s is in the year %d in UTC", b, year)
	}
	*t = Of(parsed)
	return nil
}

// Value writes an SQL timestamp, or NULL for the zero Time.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.Time, nil
}

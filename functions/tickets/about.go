package tickets

import (
	"net/http"
	"slices"
	"time"
	_ "time/tzdata" // where the platform has no time zones

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/text"
	"github.com/gittix/ticketing/shared/timestamp"
)

// Errors for clients.
var (
	ErrInvalidDescription = apierror.New(http.StatusBadRequest, "Invalid description.").On("description", "Invalid description.")
	ErrInvalidStartsAt    = apierror.New(http.StatusBadRequest, "Invalid startsAt.").On("startsAt", "Invalid startsAt.")
	ErrInvalidTimeZone    = apierror.New(http.StatusBadRequest, "Invalid timeZone.").On("timeZone", "Invalid timeZone.")
	ErrInvalidVenue       = apierror.New(http.StatusBadRequest, "Invalid venue.").On("venue", "Invalid venue.")
	ErrInvalidCategory    = apierror.New(http.StatusBadRequest, "Invalid category.").On("category", "Invalid category.")
)

const longestDescription = 2000 // characters

// optionalText is text in JSON, where null and "" say nothing. Anything else becomes what validate refuses.
type optionalText string

// UnmarshalJSON never fails.
func (o *optionalText) UnmarshalJSON(b []byte) error {
	text := function.LooseString("")
	if *o = "\x00"; len(b) > 0 && b[0] == '"' {
		_ = text.UnmarshalJSON(b) // never fails
		*o = optionalText(text)
	}
	return nil
}

// AboutOffer is what a seller may say of a ticket beside title and price. What is absent stays as it is; "" takes it away.
type AboutOffer struct {
	Description *optionalText `json:"description,omitempty" type:"string" maxLength:"2000" example:"Row 12, two seats side by side."` // lines of text, as in the title
	StartsAt    *optionalText `json:"startsAt,omitempty" type:"string" format:"date-time" example:"2030-06-01T19:30:00+02:00"`        // in the future, by RFC 3339
	TimeZone    *optionalText `json:"timeZone,omitempty" type:"string" maxLength:"64" example:"Europe/Berlin"`                        // by its name at IANA, for those who read startsAt; by default UTC
	Venue       *optionalText `json:"venue,omitempty" type:"string" maxLength:"255" example:"Olympic stadium, Berlin"`                // one line, as the title
	Category    *optionalText `json:"category,omitempty" type:"string" example:"sports"`                                              // concert, theater, sports, comedy, film, festival or other

	startsAt *timestamp.Time
}

// validate cleans the texts and reads the time. Errors: ErrInvalidDescription, ErrInvalidStartsAt, ErrInvalidTimeZone, ErrInvalidVenue, ErrInvalidCategory.
func (a *AboutOffer) validate() error {
	if !clean(a.Description, func(s string) (string, bool) { return text.Lines(s, longestDescription) }) {
		return ErrInvalidDescription
	}
	if a.StartsAt != nil && *a.StartsAt != "" {
		at, err := time.Parse(time.RFC3339, string(*a.StartsAt))
		if err != nil || at.UTC().Year() > 9999 {
			return ErrInvalidStartsAt
		}
		a.startsAt = new(timestamp.Of(at))
	}
	if a.TimeZone != nil && *a.TimeZone != "" {
		if _, err := time.LoadLocation(string(*a.TimeZone)); err != nil || *a.TimeZone == "Local" || len(*a.TimeZone) > 64 {
			return ErrInvalidTimeZone
		}
	}
	if !clean(a.Venue, func(s string) (string, bool) { return text.Line(s, 255) }) {
		return ErrInvalidVenue
	}
	if a.Category != nil && *a.Category != "" && !slices.Contains(event.Categories(), event.Category(*a.Category)) {
		return ErrInvalidCategory
	}
	return nil
}

// clean replaces what is there by what read makes of it, and reports whether it can. Nothing stays nothing.
func clean(s *optionalText, read func(string) (string, bool)) bool {
	if s == nil || *s == "" {
		return true
	}
	line, ok := read(string(*s))
	*s = optionalText(line)
	return ok
}

// apply puts what was said on a ticket. Errors: ErrInvalidStartsAt, of another time than before that is over.
func (a AboutOffer) apply(to *event.About, now time.Time) error {
	set(&to.Description, a.Description)
	set(&to.TimeZone, a.TimeZone)
	set(&to.Venue, a.Venue)
	set(&to.Category, a.Category)
	if a.StartsAt == nil {
		return nil
	}
	same := a.startsAt != nil && to.StartsAt != nil && a.startsAt.Equal(to.StartsAt.Time)
	if a.startsAt != nil && !same && !now.Before(a.startsAt.Time) {
		return ErrInvalidStartsAt
	}
	to.StartsAt = a.startsAt
	return nil
}

// set replaces what was said before, unless nothing is said.
func set[S ~string](to *S, said *optionalText) {
	if said != nil {
		*to = S(*said)
	}
}

package event

import "github.com/gittix/ticketing/shared/timestamp"

// Category is what kind of event a ticket is for.
type Category string

// The categories; "" is none that its seller has named.
const (
	Concert  Category = "concert"
	Theater  Category = "theater"
	Sports   Category = "sports"
	Comedy   Category = "comedy"
	Film     Category = "film"
	Festival Category = "festival"
	Other    Category = "other"
)

// Categories lists them.
func Categories() []Category {
	return []Category{Concert, Theater, Sports, Comedy, Film, Festival, Other}
}

// About is what a seller may say of a ticket beside its title and price.
type About struct {
	Description string          `json:"description,omitempty"` // lines of text; not in lists
	StartsAt    *timestamp.Time `json:"startsAt,omitempty"`    // of what the ticket is for
	TimeZone    string          `json:"timeZone,omitempty"`    // of its place, such as Europe/Berlin: the clock of startsAt
	Venue       string          `json:"venue,omitempty"`
	Category    Category        `json:"category,omitempty"`
}

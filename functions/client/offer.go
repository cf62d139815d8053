package client

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // where the platform has no time zones

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/timestamp"
)

// The fields of an offer.
const (
	titleField       = "title"
	priceField       = "price"
	startsAtField    = "startsAt"
	timeZoneField    = "timeZone"
	venueField       = "venue"
	categoryField    = "category"
	descriptionField = "description"
)

// offerFields are all of them, the longest last.
var offerFields = []string{titleField, priceField, startsAtField, timeZoneField, venueField, categoryField, descriptionField}

// localTime is a time as a browser's field has it: on the clock of a zone that another field names.
const localTime = "2006-01-02T15:04"

// typed is an offer as it is typed. A field that a page of before did not have is not in it.
type typed map[string]string

func typedIn(form url.Values) typed {
	t := typed{}
	for _, name := range offerFields {
		if form.Has(name) {
			t[name] = form.Get(name)
		}
	}
	return t
}

// typedOf is what would have to be typed for a ticket.
func typedOf(t event.Ticket) typed {
	f := typed{titleField: t.Title, priceField: t.Price.String(), timeZoneField: t.TimeZone, venueField: t.Venue, categoryField: string(t.Category), descriptionField: t.Description}
	if t.StartsAt != nil {
		f[startsAtField] = t.StartsAt.In(zone(t.TimeZone)).Format(localTime)
		f[timeZoneField] = cmp.Or(t.TimeZone, "UTC") // an empty one is for the script to fill
	}
	return f
}

// sum tells an offer from any other.
func (t typed) sum() string {
	var all []byte
	for _, name := range offerFields {
		all = strconv.AppendQuote(all, t[name])
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:8])
}

// offer is what is asked of tickets, which says what is wrong with it. A ticket that starts at a moment which reads as what is typed keeps it: the
// form shows no seconds, and not which of the two hours at the end of summer time it means. nil: no moment.
func (t typed) offer(starts *timestamp.Time) api.Offer {
	o := api.Offer{Title: t[titleField], Price: plainPrice(t[priceField])}
	if _, asked := t[venueField]; !asked {
		return o
	}
	about := api.About{Description: t[descriptionField], StartsAt: t[startsAtField], TimeZone: strings.TrimSpace(t[timeZoneField]), Venue: t[venueField], Category: t[categoryField]}
	clock := zone(about.TimeZone)
	if starts != nil && starts.In(clock).Format(localTime) == about.StartsAt {
		about.StartsAt = starts.In(clock).Format(time.RFC3339Nano)
	} else if at, err := time.ParseInLocation(localTime, about.StartsAt, clock); err == nil {
		about.StartsAt = at.Format(time.RFC3339)
	}
	o.About = &about
	return o
}

// zone is a time zone by its name, or UTC.
func zone(name string) *time.Location {
	if loc, err := time.LoadLocation(name); err == nil && name != "Local" {
		return loc
	}
	return time.UTC
}

// aboutOf asks tickets when and where to be. A page with other content does not fail with it.
func aboutOf(ctx context.Context, v visit, ticketID int32) event.About {
	ticket := beside(ctx, func(ctx context.Context) (event.Ticket, error) { return v.api.Ticket(ctx, ticketID) })
	if ticket == nil {
		return event.About{}
	}
	return ticket.About
}

// besidePaid asks tickets, at once, for both that a page shows of a paid order's ticket beside its own content.
func besidePaid(ctx context.Context, v visit, ticketID int32) (about event.About, b bought) {
	var wait sync.WaitGroup
	wait.Go(func() {
		_ = function.Guard(ctx, func() error { // which logs a panic; the page does without
			about = aboutOf(ctx, v, ticketID)
			return nil
		})
	})
	b = boughtOf(ctx, v, ticketID)
	wait.Wait()
	return about, b
}

// beside asks for what a page shows beside its own content, and can do without: it does not fail with it. nil: it is not known.
func beside[T any](ctx context.Context, ask func(context.Context) (T, error)) *T {
	ctx, cancel := context.WithTimeout(ctx, chargeWithin)
	defer cancel()
	got, err := ask(ctx)
	if err != nil {
		function.LogFailure(ctx, err)
		return nil
	}
	return &got
}

// when is the time of what a ticket is for, on the clock of its place, or "".
func when(a event.About) string {
	if a.StartsAt == nil {
		return ""
	}
	return a.StartsAt.In(zone(a.TimeZone)).Format("Mon, Jan 2, 2006, 15:04 MST")
}

// categoryNames are what people read.
var categoryNames = map[event.Category]string{
	event.Concert: "Concert", event.Theater: "Theater", event.Sports: "Sports", event.Comedy: "Comedy", event.Film: "Film", event.Festival: "Festival", event.Other: "Something else",
}

// categoryName is that of a category; one of a newer version is its own.
func categoryName(c event.Category) string {
	if name, ok := categoryNames[c]; ok {
		return name
	}
	return string(c)
}

// categories are those that an offer may have.
func categories() []option {
	all := []option{{"", "None"}}
	for _, c := range event.Categories() {
		all = append(all, option{string(c), categoryName(c)})
	}
	return all
}

func (t typed) form() form {
	return form{Fields: []field{
		{Name: titleField, Label: "Title", Type: "text", Autocomplete: "off", Value: t[titleField], Hint: "What it is for, and which place.",
			Refusal: "Enter a title of 1 to 255 characters."},
		{Name: priceField, Label: "Price in US dollars", Type: "text", InputMode: "decimal", Autocomplete: "off", Value: t[priceField], Hint: "Such as 42.50.",
			Refusal: "Enter a price from 0.50 to 999,999.99 with at most two decimals, such as 42.50."},
		{Name: startsAtField, Label: "Date and time", Type: "datetime-local", Autocomplete: "off", Value: t[startsAtField], Optional: true,
			Refusal: "Enter a date and a time in the future."},
		{Name: timeZoneField, Label: "Time zone", Type: "text", Autocomplete: "off", Value: t[timeZoneField], Optional: true, Hint: "Such as Europe/Berlin or America/New_York. Empty: UTC.",
			Refusal: "Enter the name of a time zone, such as Europe/Berlin."},
		{Name: venueField, Label: "Venue", Type: "text", Autocomplete: "off", Value: t[venueField], Optional: true,
			Refusal: "Enter a venue of at most 255 characters."},
		{Name: categoryField, Label: "Category", Type: "select", Autocomplete: "off", Value: t[categoryField], Optional: true, Options: categories(),
			Refusal: "Choose one of these."},
		{Name: descriptionField, Label: "Description", Type: "textarea", Autocomplete: "off", Value: t[descriptionField], Optional: true, Hint: "What else buyers should know.",
			Refusal: "Enter at most 2000 characters."},
	}}
}

package notifications

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	texttemplate "text/template"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/money"
)

//go:embed templates/letter.*
var templates embed.FS

var (
	pages = htmltemplate.Must(htmltemplate.ParseFS(templates, "templates/letter.html"))
	texts = texttemplate.Must(texttemplate.ParseFS(templates, "templates/letter.txt"))
)

// letter is what a mail says, however it is laid out.
type letter struct {
	Subject     string
	Lines       []string // paragraphs
	Facts       []fact
	Action, URL string // where to go from here, and what one does there
	Why         string // it was sent
	Stop        string // address of a page where one says that there are to be no more of its kind; "": it has to be sent
	Unsubscribe string // address of a POST that says so (RFC 8058)
}

type fact struct{ Name, Value string }

// facts are those of a ticket, as far as it has them.
func facts(title string, price money.Cents, about event.About) []fact {
	all := []fact{{"Ticket", title}, {"Price", fmt.Sprintf("$%d.%02d", price/100, price%100)}}
	if about.StartsAt != nil {
		all = append(all, fact{"When", moment(about.StartsAt.Time, about.TimeZone)})
	}
	if about.Venue != "" {
		all = append(all, fact{"Where", about.Venue})
	}
	return all
}

// moment is a time by the clock of a place; UTC, if that is not known.
func moment(t time.Time, zone string) string {
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	return t.In(place).Format("Mon, Jan 2, 2006, 15:04 MST")
}

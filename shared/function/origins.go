package function

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
)

// Origins are the sites, such as https://tickets.example.com, whose pages may change things beside the pages of the host that a
// request names. It is for a proxy that hides from us which host the browser asked for.
type Origins []string

// UnmarshalText reads origins with commas between them. Errors: one that is more than an origin, or less.
func (o *Origins) UnmarshalText(b []byte) error {
	*o = nil
	for origin := range strings.SplitSeq(string(b), ",") {
		origin = strings.TrimRight(strings.TrimSpace(origin), "/")
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || origin != u.Scheme+"://"+strings.ToLower(u.Host) {
			return errors.New("not origins such as https://tickets.example.com, in lower case, with commas between them")
		}
		*o = append(*o, origin)
	}
	return nil
}

// protection returns what tells a form of our own from one that another site made a browser send.
func (o Origins) protection() *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	for _, origin := range o {
		if err := p.AddTrustedOrigin(origin); err != nil {
			panic(err) // UnmarshalText has checked it
		}
	}
	return p
}

// refuse answers a request that none of the service's handlers answers: it comes from another site, or its handler failed.
func (s Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if s.Refuse == nil {
		apierror.Write(w, err)
		return
	}
	s.Refuse(w, r, err)
}

package client

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
)

// newNonce returns what this answer's own scripts and styles are known by.
func newNonce() string { return rand.Text() }

// policy is a page's Content-Security-Policy. Stripe's hosts are let in only where a card is asked for.
func policy(nonce string, stripe bool) string {
	scripts, connect, frames, images := "", "", "", ""
	if stripe {
		scripts = " https://js.stripe.com https://*.js.stripe.com"
		connect = " https://api.stripe.com"
		frames = "; frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"
		images = " https://*.stripe.com"
	}
	return "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'" +
		"; script-src 'nonce-" + nonce + "'" + scripts +
		"; style-src 'nonce-" + nonce + "'" +
		"; connect-src 'self'" + connect +
		"; img-src 'self'" + images + frames
}

// refuse shows why a request did not come to its handler, or that its handler failed.
func (s *Site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if strings.HasPrefix(r.URL.Path, "/api/") { // programs ask
		apierror.Write(w, err)
		return
	}
	v := s.visit(r)
	if s.write(w, v, problem(v, err)) != nil {
		apierror.Write(w, err)
	}
}

// refusal is a page that says why a form was not taken, and how it would be.
type refusal struct {
	message
	Operator   string // what those who run the site can do about it; "": nothing
	Back, Also string // the address of another link, and its text; "": there is none
}

// crossOrigin is the page for a form that was sent from elsewhere, or through a proxy that makes it look so.
func crossOrigin(v visit) answer {
	const nothing = "So nothing was done with it. If you meant to send it, open the page here and send it again."
	r := refusal{message: message{"This form came from another site", nothing, v.page(), "Open the page"}}
	// A browser that says Sec-Fetch-Site is right, whatever a proxy does.
	if origin := v.Header.Get("Origin"); origin != "" && origin != "null" && v.Header.Get("Sec-Fetch-Site") == "" {
		r.Text = "As far as we can tell: your browser sent it from " + origin + ", and we were asked as " + v.Host + ". " + nothing
		r.Operator = "If " + origin + " is an address of this site, the proxy in front of it hides that. Let the proxy pass the browser's Host on " +
			"(nginx: proxy_set_header Host $http_host;), or set TRUSTED_ORIGINS=" + origin + "."
	}
	return show("refusal", r.Heading, r).with(http.StatusForbidden)
}

// otherUser is the page for a form that was made for another user than the one who is signed in now.
func otherUser(v visit) answer {
	r := refusal{
		message: message{
			"You are signed in as somebody else now", "The page was made for another account, so nothing was done. Now you are " + v.claims.Subject + ".",
			v.page(), "Go on as " + v.claims.Subject,
		},
		Back: signIn(v), Also: "Sign in as somebody else",
	}
	return show("refusal", r.Heading, r).with(http.StatusConflict)
}

// signIn is the address of the form to sign in, and to come back by.
func signIn(v visit) string { return "/auth/signin?" + url.Values{"return": {v.back()}}.Encode() }

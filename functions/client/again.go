package client

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// resend is a page that sends a form again, with what was in it.
type resend struct {
	message
	Action string
	Fields url.Values
}

// secretFields are never sent back to the browser.
var secretFields = []string{"password", "currentPassword", "newPassword", "token", "client_secret"}

const (
	awayHeading = "We cannot do that just now"
	awayText    = "Something on our side is away. Nothing is lost; please try again in a moment."
	awayForm    = awayHeading + ". Nothing is lost: what you typed is still here. Please send it again in a moment."
)

// again is the page for what failed on our side or takes longer. A form without secrets can be sent again from there: it has its key still, so that
// what was done after all is not done twice.
func again(v visit, e *apierror.Error, m message) answer {
	a := say(e.Status, m)
	if v.Method == http.MethodPost {
		isSecret := func(name string) bool { return v.PostForm.Has(name) }
		if !slices.ContainsFunc(secretFields, isSecret) {
			a = show("again", m.Heading, resend{m, v.URL.Path, v.PostForm}).with(e.Status)
		}
	}
	a.retryAfter = e.RetryAfter
	return a
}

// kept shows a form again whose service is away, with what was typed and the key it had, and reports whether that is so.
func (v visit) kept(f form, show func(form) answer, err error) (answer, bool) {
	e := apierror.From(err)
	if err == nil || e.Status < http.StatusInternalServerError {
		return answer{}, false
	}
	function.LogFailure(v.Context(), err)
	f.Problem, f.Focus = awayForm, true
	a := show(f).with(e.Status)
	a.retryAfter, a.key = e.RetryAfter, v.PostFormValue(keyField)
	return a, true
}

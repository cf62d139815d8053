package client

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// tokensView is the visitor's tokens for programs, and the form for another.
type tokensView struct {
	form
	Scopes choices
	Tokens []api.Token
}

// choices are boxes of which one or more are to be ticked.
type choices struct {
	Name, Label string
	Options     []choice
	Problem     string
}

type choice struct {
	option
	Checked bool
}

// secretView shows what is shown once.
type secretView struct {
	Heading, Text, Label, Secret string
	Link, On                     string
}

// scopeNames are what people read.
var scopeNames = []option{
	{string(session.Read), "See what you sell and buy"},
	{string(session.Sell), "Sell: list, change and withdraw tickets, refund, mark passes as used"},
	{string(session.Buy), "Buy: order and pay"},
}

// scopeName is that of a scope; one of a newer version is its own.
func scopeName(s session.Scope) string { return nameOf(scopeNames, string(s)) }

func nameOf(all []option, value string) string {
	for _, o := range all {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

// TokensPage lists the visitor's tokens for programs.
func (s *Site) TokensPage(ctx context.Context, v visit) (answer, error) {
	return showTokens(ctx, v, tokenForm(v), "")
}

func showTokens(ctx context.Context, v visit, f form, scopes string) (answer, error) {
	all, err := v.api.Tokens(ctx)
	return show("tokens", "Programs", tokensView{f, chosen(v, "scopes", "It may", scopeNames, scopes), all}), err
}

// chosen are the choices as they were ticked.
func chosen(v visit, name, label string, all []option, problem string) choices {
	c := choices{Name: name, Label: label, Problem: problem}
	for _, o := range all {
		c.Options = append(c.Options, choice{o, slices.Contains(v.PostForm[name], o.Value)})
	}
	return c
}

// NewToken makes a token and shows it, once.
func (s *Site) NewToken(ctx context.Context, v visit) (answer, error) {
	f, scopes := tokenForm(v), ""
	t := api.NewToken{Name: v.PostFormValue("name"), ExpiresAt: s.endOf(v.PostFormValue("days"))}
	for _, scope := range v.PostForm["scopes"] {
		t.Scopes = append(t.Scopes, session.Scope(scope))
	}
	token, err := v.api.CreateToken(ctx, t)
	switch {
	case err == nil:
		return show("secret", "Your token", secretView{
			"Your token", "Copy it now, to where the program finds it: it is shown only this once. Whoever has it can do what you allow it.", "Token", token,
			"/account/tokens", "Done",
		}), nil
	case errors.Is(err, api.ErrInvalidName):
		f.problem("name", f.Fields[0].Refusal)
	case errors.Is(err, api.ErrInvalidScopes):
		scopes = "Choose one at least."
	case errors.Is(err, api.ErrTooManyTokens):
		f.blame("You have as many tokens as you may. End one first.")
	default:
		return answer{}, err
	}
	a, failed := showTokens(ctx, v, f, scopes)
	return a.with(apierror.From(err).Status), failed
}

// endOf is when a token for so many days ends: with the last of them, in UTC, so that the form says the same when it is sent again. nil: never.
func (s *Site) endOf(days string) *timestamp.Time {
	n, err := strconv.Atoi(days)
	if err != nil || n < 1 || n > 3650 {
		return nil
	}
	end := timestamp.Of(s.now().UTC().Truncate(24*time.Hour).AddDate(0, 0, n+1))
	return &end
}

func tokenForm(v visit) form {
	days := v.PostFormValue("days")
	if v.Method != http.MethodPost {
		days = "90"
	}
	return form{Fields: []field{
		{Name: "name", Label: "Name", Type: "text", Autocomplete: "off", Value: v.PostFormValue("name"), Hint: "By which you know it, such as box office.",
			Refusal: "Enter a name of 1 to 64 characters."},
		{Name: "days", Label: "It ends", Type: "select", Autocomplete: "off", Value: days,
			Options: []option{{"30", "After 30 days"}, {"90", "After 90 days"}, {"365", "After a year"}, {"", "When I end it"}}},
	}}
}

// EndToken ends one of the visitor's tokens.
func (s *Site) EndToken(ctx context.Context, v visit) (answer, error) {
	err := v.api.EndToken(ctx, v.PostFormValue("id"))
	if errors.Is(err, api.ErrNoSuchToken) { // it has ended meanwhile
		err = nil
	}
	return goTo("/account/tokens"), err
}

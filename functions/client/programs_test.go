package client

import (
	"net/http"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/timestamp"
)

var (
	someTokens = []map[string]any{
		{"id": "ONE", "name": "box <office>", "scopes": []string{"read", "sell", "more"}, "createdAt": timestamp.Of(now), "usedAt": timestamp.Of(now), "expiresAt": timestamp.Of(now.Add(time.Hour))},
		{"id": "TWO", "name": "old", "scopes": []string{"buy"}, "createdAt": timestamp.Of(now), "expiresAt": timestamp.Of(now)},
		{"id": "THREE", "name": "plain", "scopes": []string{"buy"}, "createdAt": timestamp.Of(now)},
	}
	someWebhooks = []map[string]any{
		{"id": 7, "url": "https://shop.example.com/<a>", "events": []string{"ticket.sold", "more"}, "enabled": true, "createdAt": timestamp.Of(now)},
		{"id": 8, "url": "https://shop.example.com/b", "events": []string{"ticket.sold"}, "enabled": true, "failingSince": timestamp.Of(now), "createdAt": timestamp.Of(now)},
		{"id": 9, "url": "https://shop.example.com/c", "events": []string{"ticket.sold"}, "enabled": false, "createdAt": timestamp.Of(now)},
	}
	someDeliveries = []map[string]any{
		{"id": 31, "event": "ticket.sold", "state": "sent", "attempts": 1, "createdAt": timestamp.Of(now), "endedAt": timestamp.Of(now)},
		{"id": 32, "event": "ticket.sold", "state": "dead", "attempts": 9, "reason": "it answered <500>", "createdAt": timestamp.Of(now), "endedAt": timestamp.Of(now)},
	}
)

func TestTokensPage(t *testing.T) {
	t.Parallel()
	made := func(answer any) answers { return answers{"POST /api/users/tokens": answer} }
	end := func(answer any) answers { return answers{"POST /api/users/tokens/TWO/end": answer} }
	send := "POST /account/tokens" + filled("name", "box office", "days", "30", "scopes", "read")
	play(t, nil, answers{"GET /api/users/tokens": someTokens}, []scene{
		{"shown", 2, "GET /account/tokens", nil, 200, `box &lt;office&gt;|See what you sell and buy|<li>more</li>|Last used|Never used|Ended</span>|Does not end by itself|value="ONE"|<option value="90" selected>|!checked|!problem`, ""},
		{"made", 2, send, made(reply{201, map[string]string{"token": "ticketing_x<y"}, nil}), 200, `value="ticketing_x&lt;y" readonly|only this once|data-copy="secret" hidden|href="/account/tokens"`,
			`POST /api/users/tokens {"name":"box office","scopes":["read"],"expiresAt":"2026-12-23T00:00:00.000Z"}`},
		{"made for ever", 2, "POST /account/tokens" + filled("name", "x", "scopes", "buy", "days", ""), made(reply{201, map[string]string{"token": "ticketing_x"}, nil}), 200, "ticketing_x", `POST /api/users/tokens {"name":"x","scopes":["buy"]}`},
		{"no name", 2, "POST /account/tokens" + filled("name", " ", "scopes", "read", "days", ""), made(api.ErrInvalidName), 400, `Enter a name|value="read" checked|<option value="" selected>`, ""},
		{"no scopes", 2, "POST /account/tokens" + filled("name", "x", "days", "30"), made(api.ErrInvalidScopes), 400, `Choose one at least.|id="scopes-problem"|value="x"|<option value="30" selected>|value="read" autofocus`, ""},
		{"too many", 2, send, made(api.ErrTooManyTokens), 429, "as many tokens as you may|box &lt;office&gt;", ""},
		{"away", 2, send, made(apierror.Unavailable(nil)), 503, `action="/account/tokens"|Nothing is lost|name="scopes" value="read"`, ""},
		{"ended", 2, "POST /account/tokens/end" + filled("id", "TWO"), end(reply{}), 0, "/account/tokens", "POST /api/users/tokens/TWO/end"},
		{"ended before", 2, "POST /account/tokens/end" + filled("id", "TWO"), end(api.ErrNoSuchToken), 0, "/account/tokens", ""},
		{"no id", 2, "POST /account/tokens/end" + filled("id", ".."), nil, 0, "/account/tokens", ""},
	})
}

func TestWebhooksPages(t *testing.T) {
	t.Parallel()
	const hooks = "/api/notifications/webhooks"
	made := func(answer any) answers { return answers{"POST " + hooks: answer} }
	secret := map[string]string{"secret": "whsec_x"}
	send := "POST /account/webhooks" + filled("url", "https://a.example/<b>", "events", "ticket.sold")
	change := func(fields ...string) string { return "POST /account/webhooks/7" + filled(fields...) }
	play(t, nil, answers{"GET " + hooks: someWebhooks, "GET " + hooks + "/7/deliveries": someDeliveries, "GET " + hooks + "/8/deliveries": someDeliveries}, []scene{
		{"shown", 2, "GET /account/webhooks", nil, 200, `https://shop.example.com/&lt;a&gt;|href="/account/webhooks/7"|You sell a ticket|<li>more</li>|Called</span>|Fails</span>|Not called</span>|!problem`, ""},
		{"added", 2, send, made(reply{201, secret, nil}), 200, `value="whsec_x" readonly|only this once|href="/account/webhooks"`, "POST " + hooks + ` {"events":["ticket.sold"],"url":"https://a.example/\u003cb\u003e"}`},
		{"no address", 2, send, made(api.ErrInvalidURL), 400, `begins with https://|value="https://a.example/&lt;b&gt;"|value="ticket.sold" checked`, ""},
		{"no events", 2, send, made(api.ErrInvalidEvents), 400, `Choose one at least.|id="events-problem"`, ""},
		{"too many", 2, send, made(api.ErrTooManyWebhooks), 429, "as many webhooks as you may", ""},
		{"not confirmed", 2, send, made(api.ErrNotConfirmed), 403, `Your address is not confirmed|try again in a moment, or sign in again|href="/account">Your account`, ""},
		{"one", 2, "GET /account/webhooks/7", nil, 200, `value="disable"|value="rotate"|value="end"|Sent</span> 1 attempt.|Given up</span> 9 attempts. it answered &lt;500&gt;|name="delivery" value="32"|!failed since`, "GET " + hooks + "/7/deliveries"},
		{"one that fails", 2, "GET /account/webhooks/8", nil, 200, "have failed since", ""},
		{"another's", 2, "GET /account/webhooks/6", nil, 404, "There is nothing here", "GET " + hooks},
		{"paused", 2, change("do", "disable"), answers{"PATCH " + hooks + "/7": reply{}}, 0, "/account/webhooks/7", "PATCH " + hooks + `/7 {"enabled":false}`},
		{"called again", 2, change("do", "enable"), answers{"PATCH " + hooks + "/7": reply{}}, 0, "/account/webhooks/7", "PATCH " + hooks + `/7 {"enabled":true}`},
		{"called again, not confirmed", 2, change("do", "enable"), answers{"PATCH " + hooks + "/7": api.ErrNotConfirmed}, 403, "Your address is not confirmed", ""},
		{"another secret", 2, change("do", "rotate"), answers{"POST " + hooks + "/7/rotate": secret}, 200, `value="whsec_x" readonly|href="/account/webhooks/7"`, "POST " + hooks + "/7/rotate"},
		{"ended", 2, change("do", "end"), answers{"POST " + hooks + "/7/end": reply{}}, 0, "/account/webhooks", "POST " + hooks + "/7/end"},
		{"ended before", 2, change("do", "end"), answers{"POST " + hooks + "/7/end": api.ErrNoSuchWebhook}, 0, "/account/webhooks", ""},
		{"sent again", 2, change("delivery", "32"), answers{"POST " + hooks + "/deliveries/32/send": reply{status: http.StatusAccepted}}, 0, "/account/webhooks/7", "POST " + hooks + "/deliveries/32/send"},
		{"too old to be sent again", 2, change("delivery", "32"), answers{"POST " + hooks + "/deliveries/32/send": api.ErrNoSuchDelivery}, 0, "/account/webhooks/7", ""},
		{"nothing", 2, change(), nil, 400, "That did not work", ""},
	})
}

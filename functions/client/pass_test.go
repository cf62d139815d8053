package client

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

var (
	pass7    = map[string]any{"code": "a.b.c", "orderId": 7, "ticketId": 3, "title": "Cup final <b>", "sellerId": 1, "status": "valid", "issuedAt": timestamp.Of(now)}
	usedPass = passThat("status", "used", "usedAt", timestamp.Of(now.Add(-3600e9)))
	voidPass = passThat("status", "void")
)

func passThat(changes ...any) map[string]any {
	p := map[string]any{}
	for name, value := range pass7 {
		p[name] = value
	}
	for i := 0; i < len(changes); i += 2 {
		p[fmt.Sprint(changes[i])] = changes[i+1]
	}
	return p
}

func TestPassPage(t *testing.T) {
	t.Parallel()
	pass := func(answer any) answers { return answers{"GET /api/orders/7/pass": answer} }
	const page = "GET /orders/7/pass"
	play(t, nil, answers{attached: api.ErrNoAttachment}, []scene{
		{"shown", 2, page, pass(pass7), 200, `Cup final &lt;b&gt;|Order 7 · Ticket 3|<svg class="qr"|<path d="M|ada@example.com|href="/orders/7/pass.pdf"|!was used|!a.b.c|!From the seller`, ""},
		{"with what the seller wrote", 2, page, answers{"GET /api/orders/7/pass": pass7, attached: textOf7}, 200, `From the seller|Gate 3 &lt;b&gt;`, ""},
		{"used", 2, page, pass(usedPass), 200, `This pass was used on <time datetime="2026-11-22T14:00:00Z">|<svg`, ""},
		{"none", 2, page, pass(api.ErrNoPass), 409, `This order has no pass|href="/orders/7"`, ""},
		{"no file", 2, page + ".pdf", pass(api.ErrNoPass), 409, `This order has no pass`, ""},
		{"of another", 3, page, pass(api.ErrNotYoursToView), 403, "This is somebody else&#39;s order", ""},
		{"file of another", 3, page + ".pdf", pass(api.ErrNotYoursToView), 403, "This is somebody else&#39;s order", ""},
		{"of no order", 2, page, pass(api.ErrNoSuchOrder), 404, "There is nothing here", ""},
		{"without a session", 0, page, pass(pass7), 0, "/auth/signin?return=%2Forders%2F7%2Fpass", ""},
		{"from the order", 2, "GET /orders/7", answers{"GET /api/orders/7": complete}, 200, `href="/orders/7/pass"`, ""},
		{"not from an open one", 2, "GET /orders/7", answers{"GET /api/orders/7": order7, payment: nothingPaid}, 200, `!/orders/7/pass`, ""},
	})
}

// Where a buyer needs it, a page says when and where to be: as tickets says, on the clock of the place.
func TestWhenAndWhere(t *testing.T) {
	t.Parallel()
	const place = "Sat, Jun 1, 2030, 19:30 CEST|Olympic stadium"
	common := answers{"GET /api/orders/7/pass": pass7, "GET /api/orders/7": complete, attached: api.ErrNoAttachment, payment: nothingPaid}
	with := answers{"GET /api/tickets/3": told}
	play(t, nil, common, []scene{
		{"pass", 2, "GET /orders/7/pass", with, 200, place, ""},
		{"pass while tickets is away", 2, "GET /orders/7/pass", nil, 200, "!Olympic|Order 7", ""},
		{"order", 2, "GET /orders/7", with, 200, place + "|Receipt", ""},
		{"order while tickets is away", 2, "GET /orders/7", nil, 200, "!Olympic|Receipt", ""},
	})
	for _, c := range []struct {
		tickets any
		want    bool
	}{{told, true}, {api.ErrNoSuchTicket, false}} { // a restore may have lost it
		v := visitSite(t, answers{"GET /api/orders/7/pass": pass7, "GET /api/tickets/3": c.tickets}, nil).as(2)
		text := written(v.ask("GET /orders/7/pass.pdf", nil).is(200).body)
		if !strings.Contains(text, "Order 7") || strings.Contains(text, "Jun 1, 2030, 19:30 CEST") != c.want || strings.Contains(text, "Olympic stadium") != c.want {
			t.Errorf("%v: %q", c.want, text)
		}
	}
	// What is kept as a file cannot be looked at again later.
	visitSite(t, answers{"GET /api/orders/7/pass": pass7}, nil).as(2).ask("GET /orders/7/pass.pdf", nil).is(503, "Something on our side is away", "Try again")
}

// Pages of a paid order ask for all that they show beside it at once: while tickets is away, they wait for one answer, not for one after the other.
func TestBesideAtOnce(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"/orders/7", "/orders/7/pass"} {
		asked := map[string]chan struct{}{"/api/tickets/3": make(chan struct{}), "/api/tickets/3/attachment": make(chan struct{})}
		tickets := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(asked[r.URL.Path])
			for _, other := range asked {
				select {
				case <-other:
				case <-r.Context().Done():
					return
				}
			}
			if _, err := io.WriteString(w, `{"venue":"Olympic stadium","text":"Gate 3"}`); err != nil {
				t.Error(err)
			}
		}))
		t.Cleanup(tickets.Close)
		v := visitSite(t, answers{"GET /api/orders/7/pass": pass7, "GET /api/orders/7": complete}, config.Values{"TICKETS_API_URL": tickets.URL}).as(2)
		v.ask("GET "+page, nil).is(200, "Olympic stadium", "Gate 3")
	}
}

// written is the text of a PDF.
func written(pdf string) string {
	var text strings.Builder
	for _, stream := range strings.Split(pdf, "stream\n") {
		if r, err := zlib.NewReader(strings.NewReader(stream)); err == nil {
			if content, _ := io.ReadAll(r); bytes.Contains(content, []byte(")Tj ET")) { // no font
				text.Write(content)
			}
		}
	}
	return strings.ReplaceAll(text.String(), "\x00", "") // letters are of two bytes
}

func TestPassFile(t *testing.T) {
	t.Parallel()
	for _, title := range []string{"Cup final", "Die Zauberflöte, Θέατρο, Театр", "歌舞伎 🎫", strings.Repeat("W", 255), strings.Repeat("🎫", 255)} {
		v := visitSite(t, answers{"GET /api/orders/7/pass": passThat("title", title, "code", strings.Repeat("x", 400)), "GET /api/tickets/3": told}, nil).as(2)
		s := v.ask("GET /orders/7/pass.pdf", nil).is(200)
		pages := bytes.Count([]byte(s.body), []byte("/Type /Page\n"))
		if s.Header.Get("Content-Type") != "application/pdf" || s.Header.Get("Content-Disposition") != `inline; filename="pass-7.pdf"` || !strings.HasPrefix(s.body, "%PDF-") || pages != 1 {
			t.Errorf("%s: %v, %d pages, %.10q", title, s.Header, pages, s.body)
		}
	}
}

// A sheet of US Letter is 18 mm lower than one of A4: also the longest pass ends above that, with room for what a printer leaves white.
func TestPassFileOnLetter(t *testing.T) {
	t.Parallel()
	widest := ticketThat(func(t *event.Ticket) { t.About, t.Venue = told.About, strings.Repeat("W", 255) })
	v := visitSite(t, answers{"GET /api/orders/7/pass": passThat("title", "🎫"+strings.Repeat("W", 254)), "GET /api/tickets/3": widest}, nil).as(2)
	text := written(v.ask("GET /orders/7/pass.pdf", nil).is(200).body)
	lines := regexp.MustCompile(`BT [0-9.]+ ([-0-9.]+) Td`).FindAllStringSubmatch(text, -1)
	const a4, letter, white = 297.0, 279.4, 12.7 // mm
	for _, line := range lines {
		if points, err := strconv.ParseFloat(line[1], 64); err != nil || a4-points*25.4/72 > letter-white {
			t.Errorf("a line at %.1f mm, %v", a4-points*25.4/72, err)
		}
	}
	if len(lines) < 15 {
		t.Errorf("%d lines", len(lines))
	}
}

// A file has no boxes: what its font has no letters for is left out, and the file says so.
func TestPassFileLetters(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{"Die Zauberflöte, Θέατρο, Театр": "", "歌舞伎 in Rome 🎫👍": "\x20\x26 in Rome \x20\x26", "歌舞伎": "(\x20\x26)Tj"} {
		v := visitSite(t, answers{"GET /api/orders/7/pass": passThat("title", title), "GET /api/tickets/3": told}, nil).as(2)
		text := written(v.ask("GET /orders/7/pass.pdf", nil).is(200).body)
		if strings.Contains(text, "\x25\xa1") || !strings.Contains(text, want) || strings.Contains(text, "letters that this") != (want != "") {
			t.Errorf("%s: %q", title, text)
		}
	}
}

// What a camera reads leads to the site, wherever browsers find it.
func TestPassAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings config.Values
		header   http.Header
		want     string
	}{
		"TLS":                {nil, nil, "https://HOST/verify/a.b.c"},
		"without":            {config.Values{"SESSION_SECURE": "false"}, nil, "http://HOST/verify/a.b.c"},
		"TLS before it":      {config.Values{"SESSION_SECURE": "false"}, http.Header{"X-Forwarded-Proto": {"https"}}, "https://HOST/verify/a.b.c"},
		"behind another":     {config.Values{"TRUSTED_ORIGINS": "https://tickets.example,https://b.example"}, nil, "https://tickets.example/verify/a.b.c"},
		"a header that lies": {nil, http.Header{"X-Forwarded-Host": {"evil.example"}}, "https://HOST/verify/a.b.c"},
	} {
		v := visitSite(t, answers{"GET /api/orders/7/pass": pass7}, c.settings).as(2)
		picture, err := pictureOf(strings.Replace(c.want, "HOST", strings.TrimPrefix(v.url, "http://"), 1))
		if err != nil {
			t.Fatal(err)
		}
		if s := v.ask("GET /orders/7/pass", c.header).is(200); !strings.Contains(s.body, picture.Path()) {
			t.Errorf("%s: not the picture of %s", name, c.want)
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	check := func(answer any) answers { return answers{"POST /api/orders/pass/check": answer} }
	use := func(answer, after any) answers {
		return answers{"POST /api/orders/pass/use": answer, "POST /api/orders/pass/check": after}
	}
	const page, form = "GET /verify/a.b.c", "POST /verify/a.b.c"
	const button, none = `<button id="use">|action="/verify/a.b.c"`, `!<button id="use">`
	const forged = "This is not a genuine pass|"
	play(t, nil, nil, []scene{
		{"by its seller", 1, page, check(pass7), 200, button + "|Genuine|Cup final &lt;b&gt;|order 7", `POST /api/orders/pass/check {"code":"a.b.c"}`},
		{"by anyone", 0, page, check(pass7), 200, none + "|Genuine|/auth/signin?return=%2fverify%2fa.b.c", ""},
		{"by its buyer", 2, page, check(pass7), 200, none + "|Genuine|Only the person who sells", ""},
		{"with a lie in its address", 1, page + "?note=used&marked=true", check(usedPass), 200, none + "|!Let its holder in|it was used on <time", ""},
		{"void", 1, page, check(voidPass), 200, none + "|Not valid|!Genuine", ""},
		{"garbled", 1, page, check(api.ErrInvalidCode), 400, forged + "This is no code of a pass", ""},
		{"forged", 1, page, check(api.ErrForged), 400, forged + "could not sign it", ""},
		{"of an old key", 1, page, check(api.ErrUnknownKey), 400, forged + "open the pass again", ""},
		{"of no order", 1, page, check(api.ErrNoSuchOrder), 404, forged + "There is no such order", ""},
		{"while orders is away", 1, page, check(apierror.New(500, "Internal error.")), 503, "Something on our side is away|!genuine", ""},
		{"marked as used", 1, form, use(passThat("status", "used", "usedAt", timestamp.Of(now)), nil), 200, none + "|Let its holder in", `POST /api/orders/pass/use {"code":"a.b.c"}`},
		{"marked twice", 1, form, use(api.ErrPassUsed, usedPass), 409, none + "|It was used before|!Let its holder in", ""},
		{"marked when void", 1, form, use(api.ErrPassVoid, voidPass), 409, none + "|no longer valid|!Let its holder in", ""},
		{"marked by another", 2, form, use(api.ErrNotYoursToUse, pass7), 403, "Only the person who sells a ticket|!Let its holder in", ""},
		{"a forged one marked", 1, form, use(api.ErrForged, nil), 400, forged + "could not sign it", ""},
		{"marked without a session", 0, form, use(pass7, pass7), 0, "/auth/signin?return=%2Fverify%2Fa.b.c", ""},
	})
}

package notifications_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// TestWebhookAddresses: TLS and usual ports alone; and whatever a name stands for, no address that is not public is called.
func TestWebhookAddresses(t *testing.T) {
	t.Parallel()
	h := startHooks(t, config.Values{"WEBHOOKS_ANYWHERE": "false"})
	for _, url := range []string{
		"", "shop.example.com", "http://shop.example.com", "ftp://shop.example.com", "https://", "https://shop.example.com:22", "https://shop.example.com:6379/",
		"https://user:secret@shop.example.com", "https://shop.example.com/#part", "https:shop.example.com", "https://shop.example.com/" + strings.Repeat("x", 2000), "https://shop\x00.example.com",
	} {
		functiontest.Refused(t, url, h.Call(5, "POST", hooks, functiontest.Text(map[string]any{"url": url, "events": []string{"order.paid"}})), 400, "Invalid url.")
	}
	hosts := []string{
		"127.0.0.1", "127.1.2.3", "localhost", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "198.18.0.1", "224.0.0.1", "255.255.255.255",
		"[::1]", "[::]", "[fe80::1]", "[fd00:ec2::254]", "[ff02::1]", "[::ffff:169.254.169.254]", "[::ffff:127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "[2001:db8::1]", "no-such-host.invalid",
	}
	for i, host := range hosts {
		user := int32(i + 1)
		h.hook(user, "https://"+host+"/", "order.paid")
		h.paid(user, user)
	}
	h.send()
	for i, host := range hosts {
		if log := h.log(int32(i+1), int32(i+1)); len(log) != 1 || log[0].Reason != "its host has no public address" {
			t.Errorf("%s: %+v", host, log)
		}
	}
}

// TestWebhookIsItsUsers: nobody else sees, changes, ends or calls it.
func TestWebhookIsItsUsers(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	p := newProgram(t, answering(200))
	hook := h.hook(5, p.URL, "order.paid").Webhook
	h.paid(1, 5)
	h.send()
	delivery := h.log(5, hook.ID)[0].ID
	at := fmt.Sprint(hooks, "/", hook.ID)
	send := fmt.Sprint(hooks, "/deliveries/", delivery, "/send")
	for _, user := range []int32{0, 6} {
		status, message, missing := 404, "Webhook not found.", "Delivery not found."
		if user == 0 {
			status, message, missing = 401, "Not authorized.", "Not authorized."
		}
		h.Refuses(user, "PATCH", at, `{"enabled":false}`, status, message)
		h.Refuses(user, "POST", at+"/rotate", "", status, message)
		h.Refuses(user, "POST", at+"/end", "", status, message)
		h.Refuses(user, "GET", at+"/deliveries", "", status, message)
		h.Refuses(user, "POST", send, "", status, missing)
	}
	if got := h.Call(6, "GET", hooks, ""); got.Body != "[]" {
		t.Error(got.Body)
	}
	p.got()
	functiontest.Parse[notifications.Resent](t, h.Call(5, "POST", send, ""), 202)
	h.send()
	if calls := p.got(); len(calls) != 1 {
		t.Errorf("%d calls", len(calls))
	}
	functiontest.Parse[notifications.WebhookReply](t, h.Call(5, "PATCH", at, `{"events":["order.cancelled"]}`), 200)
	h.paid(2, 5) // of which it is told no more
	h.paid(3, 5)
	functiontest.Parse[notifications.WebhookEnded](t, h.Call(5, "POST", at+"/end", ""), 200)
	h.send()
	if calls := p.got(); len(calls) != 0 {
		t.Errorf("%d calls", len(calls))
	}
	h.Refuses(5, "POST", at+"/end", "", 404, "Webhook not found.")
}

func TestWebhookRefuses(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	for body, message := range map[string]string{
		`{"events":["order.paid"]}`: "Invalid url.", `{"url":7,"events":["order.paid"]}`: "Invalid url.", `{"url":"https://shop.example.com"}`: "Invalid events.",
		`{"url":"https://shop.example.com","events":[]}`: "Invalid events.", `{"url":"https://shop.example.com","events":["users.created"]}`: "Invalid events.",
		`{"url":"https://shop.example.com","events":"order.paid"}`: "Invalid JSON.",
	} {
		h.Refuses(5, "POST", hooks, body, 400, message)
	}
	hook := h.hook(5, "https://shop.example.com", "order.paid").Webhook
	at := fmt.Sprint(hooks, "/", hook.ID)
	h.Refuses(5, "PATCH", at, `{"url":"mailto:x"}`, 400, "Invalid url.")
	h.Refuses(5, "PATCH", at, `{"events":[]}`, 400, "Invalid events.")
	h.Refuses(5, "PATCH", hooks+"/x", `{}`, 400, "Invalid id.")
	got := functiontest.AtOnce(t, 12, func(int) functiontest.Answer {
		return h.Call(5, "POST", hooks, `{"url":"https://shop.example.com","events":["order.paid"]}`)
	})
	if got["201 Webhook created."] != 9 || got["429 Too many webhooks."] != 3 {
		t.Errorf("%v", got)
	}
}

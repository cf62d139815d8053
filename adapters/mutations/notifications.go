package mutations

const (
	claiming      = "functions/notifications/claim.go"
	letters       = "functions/notifications/store.go"
	sendingMails  = "functions/notifications/compose.go"
	notifications = "functions/notifications"
)

var ofNotifications = []Mutation{
	{Bug: "Messages are claimed out of turn, so that several to one target are sent at once.", Breaks: 9,
		By:    Finder{notifications, "TestClaimMeetsAnother", "both are claimed: <nil>"},
		Edits: []Edit{{claiming, "n.db.ChangeInTurn(ctx, \"deliveries: \"+c.name, func", "n.db.Change(ctx, func"}}},
	{Bug: "A message is claimed without a lock, and sent though it is dropped meanwhile.", Breaks: 9,
		By:    Finder{notifications, "TestClaimMeetsAnEnd", "it is claimed: <nil>"},
		Edits: []Edit{{claiming, " FOR UPDATE SKIP LOCKED", ""}}},
	{Bug: "A message is noted as sent before it is.", Breaks: 9,
		By:    Finder{notifications, "TestServerAway", "want [\"Your ticket: Cup final\"]"},
		Edits: []Edit{{"functions/notifications/channel.go", "\t\tsending, cancel := context.WithTimeout(ctx, c.timeout)\n", "\t\tif err := n.end(ctx, d, sent, \"\"); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tsending, cancel := context.WithTimeout(ctx, c.timeout)\n"}}},
	{Bug: "A message that a dead worker had claimed is never sent.", Breaks: 9,
		By:    Finder{notifications, "TestClaimEnds", "no rows in result set"},
		Edits: []Edit{{claiming, "AND (leased_until IS NULL OR leased_until <= $2)", "AND leased_until IS NULL"}}},
	{Bug: "A worker whose claim has ended ends the claim of the next one.", Breaks: 9,
		By:    Finder{notifications, "TestClaimEnds", "after the first has failed another claims it"},
		Edits: []Edit{{letters, "leased_until = NULL WHERE id = $1 AND state = 'waiting' AND attempts = $2`", "leased_until = NULL WHERE id = $1 AND state = 'waiting' AND $2::int > 0`"}}},
	{Bug: "A mail that is given up is not kept.", Breaks: 9,
		By:    Finder{notifications, "TestServerGone", "dead letters: []"},
		Edits: []Edit{{letters, "\t\tif err != nil || !news {\n", "\t\tif err != nil || !news || d.Channel == mailChannel {\n"}}},
	{Bug: "Each version of an order makes a reminder of the same deadline: keys are not the messages' meaning.", Breaks: 9,
		By:    Finder{notifications, "TestExpiring", "user 5 got"},
		Edits: []Edit{{letters, "m.Channel, m.Target, m.Kind, m.Key, data,", "m.Channel, m.Target, m.Kind, m.Key+string(cause), data,"}}},
	{Bug: "A webhook is read without a lock before its address is changed, and its user is not told.", Breaks: 9,
		By:    Finder{notifications, "TestAddressIsChangedTwiceAtOnce", "user 5 got"},
		Edits: []Edit{{"functions/notifications/webhook.go", "webhookByID+` FOR UPDATE`", "webhookByID"}}},
	{Bug: "Optional mails go to users who want none.", Breaks: 9,
		By:    Finder{notifications, "TestStopMails", "user 5 got"},
		Edits: []Edit{{sendingMails, "\tcase to.Unsubscribed:\n", "\tcase false:\n"}}},
	{Bug: "Mails that need not be go to addresses that are not confirmed.", Breaks: 9,
		By:    Finder{notifications, "TestUnconfirmed", "user 5 got"},
		Edits: []Edit{{sendingMails, "\tcase !to.Confirmed:\n", "\tcase false:\n"}}},
	{Bug: "The signature of a call does not cover its time, so that it can be sent again for ever.", Breaks: 9,
		By:    Finder{notifications, "TestWebhook", "no matching signature found"},
		Edits: []Edit{{"functions/notifications/webhooksecret.go", "id + \".\" + at + \".\" + body", "id + \".\" + body"}}},
	{Bug: "Webhooks may be at any address.", Breaks: 9,
		By:    Finder{notifications, "TestWebhookAddresses", "127.0.0.1: "},
		Edits: []Edit{{"functions/notifications/publicclient.go", "if !anywhere {", "if false {"}}},
	{Bug: "A user changes the webhook of another.", Breaks: 8,
		By:    Finder{notifications, "TestWebhookIsItsUsers", "want 404"},
		Edits: []Edit{{"functions/notifications/webhook.go", "FROM webhooks WHERE id = $1 AND user_id = $2`", "FROM webhooks WHERE id = $1 AND $2::int > 0`"}}},
}

package mutations

const (
	transact = "shared/postgres/transact.go"
	outbox   = "shared/postgres/outbox.go"
)

var ofEvents = []Mutation{
	{Bug: "An event is stored outside of the transaction of its change, before that is committed.", Breaks: 2,
		By: Finder{"adapters/simulation", "TestEverywhere/an_order,_and_another_one_of", "order without exactly one event"},
		Edits: []Edit{{transact, "\t\t\t\terr = db.outbox.queue(last, draft, &seq)\n",
			"\t\t\t\tvar other pgx.Batch\n\t\t\t\tif err = db.outbox.queue(&other, draft, &seq); err == nil {\n\t\t\t\t\terr = db.pool.SendBatch(ctx, &other).Close()\n\t\t\t\t}\n"}}},
	{Bug: "An event is stored after its change is committed.", Breaks: 2,
		By: Finder{"adapters/simulation", "TestEverywhere/an_order,_and_another_one_of", "order without exactly one event"},
		Edits: []Edit{
			{transact, "\terr = db.pipelined(ctx, func(b *pgx.Batch) {\n", "\tvar late pgx.Batch\n\terr = db.pipelined(ctx, func(b *pgx.Batch) {\n"},
			{transact, "\t\t\t\terr = db.outbox.queue(last, draft, &seq)\n", "\t\t\t\terr = db.outbox.queue(&late, draft, &seq)\n"},
			{transact, "\t})\n\treturn seq, err\n", "\t})\n\tif err == nil && late.Len() > 0 {\n\t\terr = db.pool.SendBatch(ctx, &late).Close()\n\t}\n\treturn seq, err\n"},
		}},
	{Bug: "Events are marked as sent before the bus has taken them.", Breaks: 2,
		By:    Finder{"shared/postgres", "TestSentMeansAcknowledged", "want the one that was refused"},
		Edits: []Edit{{outbox, "\t\t\t\tfailed = errors.Join(failed, err)\n\t\t\t\tcontinue\n", "\t\t\t\tfailed = errors.Join(failed, err)\n"}}},
	{Bug: "The relay sends what is greater than the last that it sent.", Breaks: 2,
		By:    Finder{"shared/postgres", "TestLateCommitIsSent", "sent [], want "},
		Edits: []Edit{{outbox, "FROM outbox WHERE sent_at IS NULL ORDER BY seq", "FROM outbox WHERE sent_at IS NULL AND seq > (SELECT coalesce(max(seq), 0) FROM outbox WHERE sent_at IS NOT NULL) ORDER BY seq"}}},
	{Bug: "An event is acknowledged although its consumer has failed.", Breaks: 2,
		By:    Finder{"shared/function", "TestConsume", "done, handled: true; want retry"},
		Edits: []Edit{{"shared/function/consume.go", "\tcase err != nil:\n\t\toutcome = \"retry\"\n", "\tcase err != nil:\n\t\toutcome, err = \"retry\", nil\n"}}},
	{Bug: "Where a batch fails because of one event, the others are taken for done.", Breaks: 2,
		By:    Finder{"shared/function", "TestEachItsOwnOutcome", "handled [["},
		Edits: []Edit{{"shared/function/together.go", "turn[T]{alone: err != nil}", "turn[T]{}"}}},
	{Bug: "What failed for now is rejected for good.", Breaks: 2,
		By:    Finder{"shared/function", "TestConsume", "reject, handled: true; want retry"},
		Edits: []Edit{{"shared/function/consume.go", "\t\treturn c.Handle(ctx, e)\n", "\t\tif err := c.Handle(ctx, e); err != nil {\n\t\t\treturn Reject(err)\n\t\t}\n\t\treturn nil\n"}}},
	{Bug: "A deadline that was extended is forgotten when the one before is announced.", Breaks: 5,
		By:    Finder{"functions/expiration", "TestChangeDuringASend", ": agenda map["},
		Edits: []Edit{{"functions/expiration/settle.lua", "if redis.call('HGET', KEYS[2], id) == stored then", "if true then"}}},
	{Bug: "A deadline is given up when it is claimed, so that a crash loses it.", Breaks: 5,
		By:    Finder{"functions/expiration", "TestAgendaIsItsModel", "orders to wake for, "},
		Edits: []Edit{{"functions/expiration/claim.lua", "    redis.call('ZADD', KEYS[1], ARGV[2], id)\n", "    redis.call('ZREM', KEYS[1], id)\n"}}},
	{Bug: "Events need no signature of their publisher.", Breaks: 8,
		By:    Finder{"shared/event", "TestForged", "another order (optional: false): <nil>"},
		Edits: []Edit{{"shared/event/signature.go", "\tcase !genuine:\n", "\tcase false:\n"}}},
	{Bug: "An event is acknowledged before its consumer has handled it.", Breaks: 2,
		By:    Finder{"shared/bus", "TestSettled", "fails: [ack handled"},
		Edits: []Edit{{"shared/bus/receive.go", "\terr := b.try(log, func(ctx context.Context) error { return sub.Handle(ctx, d) })\n", "\t_ = m.Ack()\n\terr := b.try(log, func(ctx context.Context) error { return sub.Handle(ctx, d) })\n"}}},
	{Bug: "For how long an event has failed is counted from the start of the process.", Breaks: 2,
		By: Finder{"shared/bus", "TestSettled", "away, old: [handled retry]"},
		Edits: []Edit{
			{"shared/bus/receive.go", "\t\"time\"\n)\n", "\t\"time\"\n)\n\nvar started = time.Now()\n"},
			{"shared/bus/receive.go", "time.Since(m.At) > b.opts.GiveUp", "time.Since(started) > b.opts.GiveUp"},
		}},
	{Bug: "Dead letters are replayed in the order in which they died.", Breaks: 6,
		By:    Finder{"adapters/operator", "TestReplayOrder", "shop 2  copy-ticket  replayed"},
		Edits: []Edit{{"adapters/operator/replay.go", "slices.SortStableFunc(all, func(a, b place) int { return a.at.Compare(b.at) })", "slices.SortStableFunc(all, func(a, b place) int { return cmp.Compare(a.id, b.id) })"}}},
}

var ofSessions = []Mutation{
	{Bug: "A session that was signed out is not refused.", Breaks: 7,
		By:    Finder{"shared/session", "TestGuardRemembers", "it has ended:"},
		Edits: []Edit{{"shared/session/guard.go", "\tcase over:\n", "\tcase over && claims.ID == \"\":\n"}}},
	{Bug: "A session outlives its idle time-out.", Breaks: 7,
		By:    Finder{"shared/session", "TestIdle", "it lives on unused"},
		Edits: []Edit{{"shared/session/keys.go", "&& (c.IdleAt == 0 || now.Before(time.Unix(c.IdleAt, 0)))", ""}}},
	{Bug: "What has ended is read by “greater than the last”, and a late commit is passed over.", Breaks: 7,
		By:    Finder{"shared/session/revocation", "TestLateCommit", "session slow of generation 0 has ended: false"},
		Edits: []Edit{{"shared/session/revocation/list.go", "SELECT pg_snapshot_xmin(pg_current_snapshot())::text", "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"}}},
	{Bug: "However many sessions a user has open, all are read.", Breaks: 8,
		By:    Finder{"functions/auth", "TestManySessions", "150 are listed"},
		Edits: []Edit{{"functions/auth/sessions.go", "ORDER BY seen_at DESC, id LIMIT 100", "ORDER BY seen_at DESC, id"}}},
}

package mutations

const (
	transact = "shared/postgres/transact.go"
	outbox   = "shared/postgres/outbox.go"
)

var ofEvents = []Mutation{
	{Bug: "An event is stored outside of the transaction of its change, before that is committed.", Edits: []Edit{{transact, "\t\treturn db.outbox.queue(last, draft, &seq)\n",
		"\t\tvar other pgx.Batch\n\t\tif err := db.outbox.queue(&other, draft, &seq); err != nil {\n\t\t\treturn err\n\t\t}\n\t\treturn db.pool.SendBatch(ctx, &other).Close()\n"}},
		Tests: "./adapters/simulation TestEverywhere/an_order,_and_another_one_of"},
	{Bug: "An event is stored after its change is committed.", Edits: []Edit{
		{transact, "\terr = db.pipelined(ctx, func(b *pgx.Batch) {\n", "\tvar late pgx.Batch\n\terr = db.pipelined(ctx, func(b *pgx.Batch) {\n"},
		{transact, "\t\treturn db.outbox.queue(last, draft, &seq)\n", "\t\treturn db.outbox.queue(&late, draft, &seq)\n"},
		{transact, "\t})\n\treturn seq, err\n", "\t})\n\tif err == nil && late.Len() > 0 {\n\t\terr = db.pool.SendBatch(ctx, &late).Close()\n\t}\n\treturn seq, err\n"},
	}, Tests: "./adapters/simulation TestEverywhere/an_order,_and_another_one_of"},
	{Bug: "Events are marked as sent before the bus has taken them.", Edits: []Edit{{outbox, "\t\t\t\tfailed = errors.Join(failed, err)\n\t\t\t\tcontinue\n", "\t\t\t\tfailed = errors.Join(failed, err)\n"}},
		Tests: "./shared/postgres SentMeans"},
	{Bug: "The relay sends what is greater than the last that it sent.", Edits: []Edit{{outbox, "FROM outbox WHERE sent_at IS NULL ORDER BY seq", "FROM outbox WHERE sent_at IS NULL AND seq > (SELECT coalesce(max(seq), 0) FROM outbox WHERE sent_at IS NOT NULL) ORDER BY seq"}},
		Tests: "./shared/postgres LateCommit"},
	{Bug: "An event is acknowledged although its consumer has failed.", Edits: []Edit{{"shared/function/consume.go", "\tcase err != nil:\n\t\toutcome = \"retry\"\n", "\tcase err != nil:\n\t\toutcome, err = \"retry\", nil\n"}},
		Tests: "./shared/function Consum"},
	{Bug: "What failed for now is rejected for good.", Edits: []Edit{{"shared/function/consume.go", "\t\treturn c.Handle(ctx, e)\n", "\t\tif err := c.Handle(ctx, e); err != nil {\n\t\t\treturn Reject(err)\n\t\t}\n\t\treturn nil\n"}},
		Tests: "./adapters/simulation TestEverywhere/a_payment_that_arrives"},
	{Bug: "A deadline that was extended is forgotten when the one before is announced.", Edits: []Edit{{"functions/expiration/settle.lua", "if redis.call('HGET', KEYS[2], id) == stored then", "if true then"}},
		Tests: "./functions/expiration ."},
	{Bug: "A deadline is given up when it is claimed, so that a crash loses it.", Edits: []Edit{{"functions/expiration/claim.lua", "    redis.call('ZADD', KEYS[1], ARGV[2], id)\n", "    redis.call('ZREM', KEYS[1], id)\n"}},
		Tests: "./functions/expiration ."},
	{Bug: "Events need no signature of their publisher.", Edits: []Edit{{"shared/event/signature.go", "\tcase !genuine:\n", "\tcase false:\n"}}, Tests: "./shared/event Sign|Verif|Forge"},
}

var ofSessions = []Mutation{
	{Bug: "A session that was signed out is not refused.", Edits: []Edit{{"shared/session/guard.go", "\tif over {\n", "\tif over && claims.ID == \"\" {\n"}}, Tests: "./shared/session ."},
	{Bug: "A session outlives its idle time-out.", Edits: []Edit{{"shared/session/keys.go", "&& (c.IdleAt == 0 || now.Before(time.Unix(c.IdleAt, 0)))", ""}}, Tests: "./shared/session ."},
	{Bug: "What has ended is read by “greater than the last”, and a late commit is passed over.", Edits: []Edit{{"shared/session/revocation/list.go", "SELECT pg_snapshot_xmin(pg_current_snapshot())::text", "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"}},
		Tests: "./shared/session/revocation ."},
}

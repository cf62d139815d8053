package mutations

const (
	change = "shared/postgres/change.go"
	outbox = "shared/postgres/outbox.go"
)

var ofEvents = []Mutation{
	{Bug: "An event is stored outside of the transaction of its change, before that is committed.", Edits: []Edit{{change, "\t\t\tseq, err = db.outbox.insert(ctx, tx, draft)\n\t\t\treturn err\n",
		"\t\t\treturn pgx.BeginFunc(ctx, db.pool, func(other Tx) error {\n\t\t\t\tseq, err = db.outbox.insert(ctx, other, draft)\n\t\t\t\treturn err\n\t\t\t})\n"}},
		Tests: "./adapters/simulation TestEverywhere/an_order,_and_another_one_of"},
	{Bug: "An event is stored after its change is committed.", Edits: []Edit{
		{change, "\tgiveUp := time.Now().Add(lockPatience)\n", "\tgiveUp := time.Now().Add(lockPatience)\n\tvar late event.Draft\n"},
		{change, "\t\t\tseq, err = db.outbox.insert(ctx, tx, draft)\n\t\t\treturn err\n", "\t\t\tlate = draft\n\t\t\treturn nil\n"},
		{change, "\t\tcase err == nil:\n", "\t\tcase err == nil:\n\t\t\tif late.Type != \"\" {\n\t\t\t\terr = pgx.BeginFunc(ctx, db.pool, func(tx Tx) error {\n\t\t\t\t\tseq, err = db.outbox.insert(ctx, tx, late)\n\t\t\t\t\treturn err\n\t\t\t\t})\n\t\t\t\tif err != nil {\n\t\t\t\t\treturn 0, classify(err)\n\t\t\t\t}\n\t\t\t}\n"},
	}, Tests: "./adapters/simulation TestEverywhere/an_order,_and_another_one_of"},
	{Bug: "Events are marked as sent before the bus has taken them.", Edits: []Edit{{outbox, "\t\t\t\tfailed = errors.Join(failed, err)\n\t\t\t\tcontinue\n", "\t\t\t\tfailed = errors.Join(failed, err)\n"}},
		Tests: "./shared/postgres SentMeans"},
	{Bug: "The relay sends what is greater than the last that it sent.", Edits: []Edit{{outbox, "FROM outbox WHERE sent_at IS NULL ORDER BY seq", "FROM outbox WHERE sent_at IS NULL AND seq > (SELECT coalesce(max(seq), 0) FROM outbox WHERE sent_at IS NOT NULL) ORDER BY seq"}},
		Tests: "./adapters/simulation TestEverywhere/relayed_first"},
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

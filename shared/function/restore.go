package function

import (
	"context"
	"time"
)

// Restore is what a service does after its database, or another's whose rows it copies, was restored from a backup. Each database is
// then as it was at a moment of its own: copies are older than their originals, or newer, or of what no longer is. Begin is done by every
// service before any of them does Announce; End follows once all that was announced has arrived. Each may be done again.
type Restore struct {
	// Begin makes sure that no id is given out that others may know from before, and that every copy is replaced by what is announced.
	Begin func(context.Context) error
	// Announce sends the newest state of all that others copy, and every other event since then, and returns how many events that are. nil: it
	// announces nothing.
	Announce func(ctx context.Context, since time.Time) (int64, error)
	// Arrived returns nil if most of what this service copies was announced, and nothing arrives any more: then the rest is lost. nil: it
	// copies nothing.
	Arrived func(context.Context) error
	// End finds what was lost with the backup's time, of which others may know since then, and sets it right, or only says what it
	// would do. It returns a line about each. nil: there is nothing to find.
	End func(ctx context.Context, since time.Time, act bool) ([]string, error)
}

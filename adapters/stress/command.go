package stress

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// How a command ends.
const (
	exitOK          = 0
	exitBroken      = 1   // the load broke something, or a request failed
	exitMisused     = 2   // nothing was measured: bad flags, or no user can sign up
	exitInterrupted = 130 // ctx ended first, and nothing had broken until then
)

// Command runs what args say, writes the summary to out, and to errs mistakes and, if that is a terminal, progress.
// It returns the status for the process.
func Command(ctx context.Context, args []string, out, errs io.Writer) int {
	var s Settings
	flags := flag.NewFlagSet("stress", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&s.URL, "url", "http://localhost:8080", "where the system answers; without TLS it must run with SESSION_SECURE=false")
	flags.StringVar(&s.Connect, "connect", "", "`host:port` to connect to in place of the URL's")
	flags.IntVar(&s.Tickets, "tickets", 500, "tickets to offer, and to change three times each")
	flags.IntVar(&s.Workers, "workers", 32, "requests at once")
	flags.IntVar(&s.Buyers, "buyers", 64, "buyers of one ticket at the same moment")
	flags.IntVar(&s.Contested, "contested", 50, "tickets that all buyers want")
	flags.DurationVar(&s.Timeout, "timeout", time.Minute, "for the events to come through")
	flags.DurationVar(&s.Settle, "settle", 15*time.Second, "after that, for events that are delivered again: more than BUS_ACK_WAIT")
	if err := flags.Parse(args); err != nil { // which has been said
		return exitMisused
	}
	s.Contested = min(s.Contested, s.Tickets)
	report, err := Run(ctx, s, terminal(errs))
	if err != nil {
		fmt.Fprintln(errs, "stress:", err)
		return exitMisused
	}
	report.Print(out)
	switch {
	case !report.OK():
		return exitBroken
	case report.Interrupted:
		return exitInterrupted
	}
	return exitOK
}

// terminal is where progress is drawn: nowhere, if it is no terminal.
func terminal(w io.Writer) io.Writer {
	if file, ok := w.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return w
		}
	}
	return io.Discard
}

package function

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
)

// MaxBody is the largest request body, in bytes.
const MaxBody = 1 << 20

// soon is how long a small body may take to arrive, and the first 32 KiB of a larger one: each takes one of few places meanwhile.
const soon = 5 * time.Second

// receive reads the request's body, as far as MaxBody, before the request counts as one that runs: a slow client
// delays no other. The handler finds it in memory, or *http.MaxBytesError where it is larger.
//
// Errors: errBusy, where too many large bodies are here; apierror.ErrTooSlow; errIncomplete, of a client that went away.
func (a *admission) receive(w http.ResponseWriter, r *http.Request, start time.Time) error {
	if r.ContentLength > MaxBody {
		r.Body = failing{&http.MaxBytesError{Limit: MaxBody}}
		return nil
	}
	if r.ContentLength > smallBody { // there is no need to see 32 KiB of it first
		if err := a.hold(r.ContentLength); err != nil {
			return err
		}
	}
	body := http.MaxBytesReader(w, r.Body, MaxBody)
	var b bytes.Buffer
	_, err := io.CopyN(&b, body, smallBody)
	if err == nil {
		if a.held == 0 {
			if err := a.hold(MaxBody); err != nil {
				return err
			}
		}
		arriveBy(w, start.Add(a.timeout))
		b.Grow(int(max(r.ContentLength-smallBody, 0)) + bytes.MinRead)
		_, err = b.ReadFrom(body)
	}
	switch {
	case err == nil, errors.Is(err, io.EOF):
		r.Body = io.NopCloser(&b)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return apierror.ErrTooSlow
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET), Gone(r.Context()):
		return errIncomplete
	default:
		r.Body = failing{err}
	}
	return nil
}

// arriveBy says until when what is read of a body must have arrived. net/http lifts that at the end of the body.
func arriveBy(w http.ResponseWriter, at time.Time) {
	_ = http.NewResponseController(w).SetReadDeadline(at) // an error says that there is no connection, as on Lambda
}

// leaveUnread gives a request that is refused no body. Before an answer net/http reads up to 256 KiB of what is left unread, so that the
// connection can be used again, and waits for that as long as for any body. Where that is more than a small body, the connection ends
// instead, and the refusal goes out at once. One of unknown length ends it anyway: see Edge.
func leaveUnread(w http.ResponseWriter, r *http.Request) {
	r.Body = http.NoBody
	if r.ProtoMajor == 1 && r.ContentLength > smallBody {
		w.Header().Set("Connection", "close")
	}
}

// failing is a body that cannot be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
func (failing) Close() error               { return nil }

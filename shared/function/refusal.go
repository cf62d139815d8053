package function

import (
	"bytes"
	"io"
	"net/http"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Handler answers the endpoints of services. Where it is of one service alone, an adapter may ask it before it makes anything of a request.
type Handler struct {
	http.Handler
	service string
	gate    *gate // nil where requests are not all refused alike
	metrics *telemetry.Metrics
	keeps   []byte // the answer to a request that finds no room, of HTTP/1.1
	closes  []byte // the same, as the last of its connection
}

// Full reports whether whatever comes now is refused, since MaxInFlight requests run.
func (h *Handler) Full() bool { return h.gate != nil && h.gate.full() }

// Refuse writes the answer to a request that comes while Full, of any endpoint, as a whole message of HTTP/1.1. It is counted under no
// function's name. With last it says that the connection ends.
func (h *Handler) Refuse(w io.Writer, last bool) error {
	h.metrics.Requests.WithLabelValues(h.service, "", "503").Observe(0)
	answer := h.keeps
	if last {
		answer = h.closes
	}
	_, err := w.Write(answer)
	return err
}

// refusal is what an Edge makes of errBusy, as it goes over a connection.
func (r Runner) refusal(last bool) []byte {
	w := &kept{header: http.Header{}}
	r.Edge(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { apierror.Write(w, errBusy) })).ServeHTTP(w, &http.Request{})
	answer := http.Response{
		StatusCode: w.status, ProtoMajor: 1, ProtoMinor: 1, Header: w.header, Close: last,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}
	var text bytes.Buffer
	_ = answer.Write(&text) // a buffer takes it all
	return text.Bytes()
}

// kept is an answer in memory.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }

package notifications

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"code.dny.dev/ssrf"
)

// newPublicClient returns a client that connects to public addresses alone. What a name stands for is judged at each connection, when it has been resolved:
// a name that stood for another address a moment ago gains nothing. It follows no redirect, uses no proxy, and reads no more of an answer than its head.
// Anywhere: to any address and port.
func newPublicClient(anywhere bool) *http.Client {
	dialer := &net.Dialer{Timeout: webhookWithin}
	if !anywhere {
		dialer.Control = ssrf.New(ssrf.WithPorts(443)).Safe
	}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true,
			MaxResponseHeaderBytes: 16 << 10, MaxIdleConns: 100, MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second,
		},
	}
}

// unreached says why there was no answer, without what is known of networks here alone: whether a name is known, and for which address, is not told apart.
func unreached(err error) error {
	var lookup *net.DNSError
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedPort), errors.Is(err, ssrf.ErrProhibitedNetwork), errors.As(err, &lookup):
		return errNotPublic
	case errors.Is(err, context.DeadlineExceeded):
		return errNoAnswer
	}
	return errUnreached
}

// Why a webhook has not answered.
var (
	errNotPublic = errors.New("its host has no public address")
	errNoAnswer  = errors.New("no answer within 10 s")
	errUnreached = errors.New("it could not be reached, or its TLS is not valid")
)

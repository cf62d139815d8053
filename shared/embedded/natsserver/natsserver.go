// Package natsserver holds what the embedded NATS servers share: their log goes to slog, and a port in use is an error at once.
package natsserver

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
)

// Logger implements the Logger interface of nats-server and nats-streaming-server. It never ends the process, whatever the server
// thinks of its state. The server's notices are logged at Debug: the program that embeds it reports its own starts and stops.
type Logger struct{ log *slog.Logger }

// NewLogger returns a Logger that writes to log.
func NewLogger(log *slog.Logger) Logger { return Logger{log} }

// Noticef implements the servers' Logger, as do the others.
func (l Logger) Noticef(format string, args ...any) { l.log.Debug(fmt.Sprintf(format, args...)) }

// Warnf logs at Warn.
func (l Logger) Warnf(format string, args ...any) { l.log.Warn(fmt.Sprintf(format, args...)) }

// Errorf logs at Error.
func (l Logger) Errorf(format string, args ...any) { l.log.Error(fmt.Sprintf(format, args...)) }

// Fatalf logs at Error, and the process goes on.
func (l Logger) Fatalf(format string, args ...any) { l.log.Error(fmt.Sprintf(format, args...)) }

// Debugf logs at Debug.
func (l Logger) Debugf(format string, args ...any) { l.log.Debug(fmt.Sprintf(format, args...)) }

// Tracef logs at Debug.
func (l Logger) Tracef(format string, args ...any) { l.log.Debug(fmt.Sprintf(format, args...)) }

// Host is where the servers listen.
const Host = "127.0.0.1"

// Login is a user's part of a URL, or nil for none.
func Login(user, password string) *url.Userinfo {
	if user == "" {
		return nil
	}
	return url.UserPassword(user, password)
}

// CheckPort says why a server could not listen on port. The servers themselves would find out only by waiting.
func CheckPort(port int) error {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", net.JoinHostPort(Host, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return l.Close()
}

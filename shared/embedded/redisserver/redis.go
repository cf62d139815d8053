package redisserver

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// redis is a redis-server process.
type redis struct {
	path string
	dir  string
	log  *slog.Logger

	claim   *program.Claim
	process *program.Process
	stopped chan struct{} // closed when the end of process is wanted; nil while nobody watches
	watched chan struct{} // closed by the watcher when it leaves
}

func (r *redis) start(ctx context.Context, port int, password string) error {
	var err error
	if r.claim, err = program.NewClaim(ctx, r.dir, syscall.SIGTERM); err != nil {
		return err
	}
	// The configuration comes on stdin, unseen by other users.
	cmd := exec.Command(r.path, "-") //nolint:gosec,noctx // an installed program, which outlives any one call
	cmd.Stdin = strings.NewReader(configuration(port, password))
	cmd.Dir = r.dir
	cmd.Env = program.Environment()
	cmd.ExtraFiles = []*os.File{r.claim.File()}
	if r.process, err = program.Start(cmd, syscall.SIGTERM, "Ready to accept connections", r.log); err != nil {
		return err
	}
	if err := r.claim.SetPid(r.process.Pid()); err != nil {
		return err
	}
	if err := r.process.Ready(ctx); err != nil {
		return err
	}
	r.stopped, r.watched = make(chan struct{}), make(chan struct{})
	go r.watch(r.process, r.stopped, r.watched)
	return nil
}

// configuration is a redis.conf. Its relative paths lie in the server's folder.
func configuration(port int, password string) string {
	return strings.Join([]string{
		"bind 127.0.0.1",
		"port " + strconv.Itoa(port),
		"requirepass " + password,
		"dir .",
		"appendonly yes",
		"appendfsync everysec",
		`save ""`,
		"maxmemory-policy noeviction",
		"daemonize no",
		"loglevel notice", // start waits for a line of it
		`logfile ""`,
	}, "\n") + "\n"
}

func (r *redis) stop(ctx context.Context) error {
	var err error
	if r.process != nil {
		if r.stopped != nil {
			close(r.stopped)
			<-r.watched
			r.stopped = nil
		}
		err = r.process.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL)
		r.process = nil
	}
	if r.claim != nil {
		err = errors.Join(err, r.claim.Release())
		r.claim = nil
	}
	return err
}

// watch reports a server that ends unasked.
func (r *redis) watch(p *program.Process, stopped <-chan struct{}, watched chan<- struct{}) {
	defer close(watched)
	select {
	case <-stopped:
	case <-p.Ended():
		r.log.Error("redis-server ended unasked", "error", p.Err())
	}
}

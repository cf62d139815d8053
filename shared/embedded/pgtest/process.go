package pgtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/gittix/ticketing/shared/embedded/pgserver"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// own is this test process's server. It is the one variable of the package:
// Main and Database share nothing through which it could be passed.
var own processServer

// dirPattern names the servers' folders, so that those of killed test
// processes are recognized.
const dirPattern = "ticketing-pgtest-"

// abandoned is the age from which a folder without a living owner is removed.
const abandoned = time.Hour

type processServer struct {
	mu      sync.Mutex
	begun   bool
	dir     string
	server  *pgserver.Server
	failure error
}

// begin allows url: end will be called.
func (p *processServer) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun = true
}

// url is the address of the server, which the first call starts. A failed
// start is not tried again: every test would wait for it.
func (p *processServer) url(ctx context.Context) (string, error) {
	if given := os.Getenv("TEST_POSTGRES_URL"); given != "" {
		return given, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.begun {
		return "", errors.New("the package needs func TestMain(m *testing.M) { pgtest.Main(m) }")
	}
	if p.server == nil && p.failure == nil {
		p.failure = p.start(ctx)
	}
	if p.failure != nil {
		return "", p.failure
	}
	return p.server.URL("postgres"), nil
}

func (p *processServer) start(ctx context.Context) error {
	if err := sweep(ctx, os.TempDir()); err != nil {
		return err
	}
	var err error
	if p.dir, err = os.MkdirTemp("", dirPattern); err != nil {
		return err
	}
	p.server, err = pgserver.Start(ctx, pgserver.Config{Dir: filepath.Join(p.dir, "server")})
	return err
}

// end stops the server and removes its folder.
func (p *processServer) end() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	if p.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), dropLimit)
		defer cancel()
		err = p.server.Stop(ctx)
	}
	if p.dir != "" {
		err = errors.Join(err, os.RemoveAll(p.dir))
	}
	return err
}

// sweep ends and removes what test processes that were killed left behind:
// folders of ours whose server no process claims.
func sweep(ctx context.Context, tmp string) error {
	dirs, err := filepath.Glob(filepath.Join(tmp, dirPattern+"*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < abandoned {
			continue
		}
		if owner, ok := info.Sys().(*syscall.Stat_t); !ok || int(owner.Uid) != os.Geteuid() {
			continue // what others put into /tmp is not to be trusted
		}
		claim, err := program.NewClaim(ctx, filepath.Join(dir, "server"), syscall.SIGQUIT)
		if err != nil {
			continue // in use
		}
		if err := errors.Join(os.RemoveAll(dir), claim.Release()); err != nil {
			return err
		}
	}
	return nil
}

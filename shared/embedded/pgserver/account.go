package pgserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// account is the user that PostgreSQL's programs run as: ourselves, or, when
// we are root, another user.
type account struct {
	dir    string
	other  *syscall.Credential // nil: ourselves
	handle *os.File            // dir, opened as root for a user who may not be able to reach it; Linux only
}

// newAccount chooses the account for dir and opens dir for it. The password
// must exist. Call close when its programs are started.
func newAccount(dir, cluster string) (*account, error) {
	a := &account{dir: dir}
	if os.Geteuid() != 0 {
		return a, nil
	}
	var err error
	if a.other, err = clusterOwner(cluster); err != nil {
		return nil, err
	}
	if err := a.prepare(); err != nil {
		return nil, err
	}
	if runtime.GOOS == "linux" {
		if a.handle, err = os.Open(dir); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *account) close() {
	if a.handle != nil {
		_ = a.handle.Close() // it was only read
	}
}

// name is the path of a file of dir as the account can reach it.
func (a *account) name(file string) string {
	if a.handle != nil {
		return filepath.Join("/proc/self/fd/3", file) // the first of command's ExtraFiles
	}
	return filepath.Join(a.dir, file)
}

// command makes a command that runs as the account.
func (a *account) command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...) //nolint:gosec,noctx // an installed program, which outlives any one call
	cmd.Dir = "/"
	cmd.Env = program.Environment()
	if a.other != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: a.other}
	}
	if a.handle != nil {
		cmd.ExtraFiles = []*os.File{a.handle}
	}
	return cmd
}

// prepare lets the account pass through dir and read the password. Nothing
// else there becomes its own, so that it cannot misdirect root with links.
func (a *account) prepare() error {
	info, err := os.Stat(a.dir)
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid == a.other.Uid {
		return nil // its own folder, used by root for once
	}
	if err := os.Chmod(a.dir, 0o711); err != nil { //nolint:gosec // passing through, not reading
		return err
	}
	return a.give(filepath.Join(a.dir, "password"))
}

// give makes the account the owner of a file or folder.
func (a *account) give(path string) error {
	if a.other == nil {
		return nil
	}
	return os.Lchown(path, int(a.other.Uid), int(a.other.Gid))
}

// clusterOwner is who owns the cluster, or will own a new one.
func clusterOwner(cluster string) (*syscall.Credential, error) {
	info, err := os.Stat(cluster)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 {
			return &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it")
}

// Package program runs an installed program (postgres, redis-server) as a
// private part of this one.
//
// It promises three things: an installed program is found in a fixed order of
// places; a folder of data is used by one process at a time; and a child ends
// with its parent. On Linux the kernel ensures the last, even after a SIGKILL
// of the parent. Elsewhere a child may outlive a killed parent; the next
// [Claim] of its folder ends it.
package program

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Search says where a program may be installed. The places are tried in the
// order of the fields.
type Search struct {
	Name string   // file name, such as "postgres"
	Env  string   // environment variable that names the folder or the file itself
	Also []string // glob patterns of folders tried after PATH; of one pattern the newest version first
}

// All returns every executable found, the preferred one first. Symbolic links
// among the folders are resolved, for a user who may not be able to reach the
// link; the name itself stays, as some programs act on the name they are called by.
func (s Search) All() []string {
	var found []string
	add := func(path string) {
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return
		}
		if dir, err = filepath.Abs(dir); err != nil {
			return
		}
		path = filepath.Join(dir, filepath.Base(path))
		info, err := os.Stat(path) //nolint:gosec // the places are the point
		if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 && !slices.Contains(found, path) {
			found = append(found, path)
		}
	}
	if place := os.Getenv(s.Env); s.Env != "" && place != "" {
		add(place)
		add(filepath.Join(place, s.Name))
	}
	if tools := ToolsDir(); tools != "" {
		add(filepath.Join(tools, "bin", s.Name))
	}
	if path, err := exec.LookPath(s.Name); err == nil && filepath.IsAbs(path) {
		add(path)
	}
	for _, pattern := range s.Also {
		dirs, err := filepath.Glob(pattern)
		if err != nil {
			continue // a malformed pattern finds nothing
		}
		slices.SortFunc(dirs, func(a, b string) int { return newest(b) - newest(a) })
		for _, dir := range dirs {
			add(filepath.Join(dir, s.Name))
		}
	}
	return found
}

// ToolsDir is the folder that .ci/install fills: $TOOLS, or .data/tools beside
// the go.work at or above the working directory. It is empty when there is
// none, or when it belongs to a user we have no reason to trust.
func ToolsDir() string {
	if dir := os.Getenv("TOOLS"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
	tools := filepath.Join(dir, ".data", "tools")
	info, err := os.Stat(tools)
	if err != nil {
		return ""
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid != 0 && int(owner.Uid) != os.Geteuid() {
		return ""
	}
	return tools
}

// newest returns the last number in a path: 17 for /usr/lib/postgresql/17/bin.
func newest(path string) int {
	fields := strings.FieldsFunc(path, func(r rune) bool { return r < '0' || r > '9' })
	if len(fields) == 0 {
		return 0
	}
	n, err := strconv.Atoi(fields[len(fields)-1])
	if err != nil {
		return 0
	}
	return n
}

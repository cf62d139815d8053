package pgserver

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// removeStalePid removes the postmaster.pid of a server that is known to have
// ended; its first line is the process id.
// PostgreSQL would otherwise trust it when another program has that process id.
// The file of any other server is left for PostgreSQL to judge.
func removeStalePid(cluster string, ended int) error {
	path := filepath.Join(cluster, "postmaster.pid")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	first, _, _ := strings.Cut(string(text), "\n")
	if err != nil || strings.TrimSpace(first) != strconv.Itoa(ended) {
		return err
	}
	return os.Remove(path)
}

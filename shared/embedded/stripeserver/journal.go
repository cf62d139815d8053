package stripeserver

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Journal keeps changes, each a JSON value, in their order.
type Journal interface {
	Read() ([][]byte, error)
	Append(change []byte) error
}

// journal is a file of changes, one JSON value a line, only ever appended to. It is not synced: it survives the death
// of the process, not of the machine. Without a file it remembers nothing.
type journal struct {
	other Journal // in place of the file
	file  *os.File
	size  int64 // bytes of whole lines
}

// open hands every whole line to apply, and cuts off a torn last one.
func (j *journal) open(cfg Config, apply func(change)) (err error) {
	path := cfg.Path
	if j.other = cfg.Journal; j.other != nil {
		return j.read(apply)
	}
	if path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if j.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	// Another process that writes to it would not know of our changes.
	if err := syscall.Flock(int(j.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("journal %s is in use: %w", path, err), j.close())
	}
	if err := j.replay(apply); err != nil {
		return errors.Join(fmt.Errorf("journal %s: %w", path, err), j.close())
	}
	return nil
}

func (j *journal) read(apply func(change)) error {
	all, err := j.other.Read()
	if err != nil {
		return err
	}
	for i, text := range all {
		var c change
		if err := json.Unmarshal(text, &c); err != nil {
			return fmt.Errorf("change %d: %w", i, err)
		}
		apply(c)
	}
	return nil
}

func (j *journal) replay(apply func(change)) error {
	lines := bufio.NewReader(j.file)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return j.file.Truncate(j.size)
		}
		if err != nil {
			return err
		}
		var c change
		if err := json.Unmarshal(line, &c); err != nil {
			return fmt.Errorf("line at byte %d: %w", j.size, err)
		}
		apply(c)
		j.size += int64(len(line))
	}
}

// append writes one change, if it is any. After an error the file holds what it held before.
func (j *journal) append(c change) error {
	line, err := json.Marshal(c)
	if err != nil || j.file == nil && j.other == nil || string(line) == "{}" {
		return err
	}
	if j.other != nil {
		return j.other.Append(line)
	}
	n, err := j.file.Write(append(line, '\n'))
	if err != nil {
		return errors.Join(fmt.Errorf("journal: %w", err), j.file.Truncate(j.size))
	}
	j.size += int64(n)
	return nil
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	file := j.file
	j.file = nil
	return file.Close()
}

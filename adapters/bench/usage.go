package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the kernel's processor times.
const tick = 10 * time.Millisecond

// Processor is the time that processes have used, with those that they have started, and those of them that have ended. Where there is
// no /proc it is 0.
func Processor(pids ...int) (total time.Duration) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	type process struct{ parent, own, ended int }
	all := map[int]process{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// pid (name, with anything in it) state ppid … utime stime cutime cstime: fields 14 to 17
		f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		n := func(field int) int { n, _ := strconv.Atoi(f[field-3]); return n }
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		all[pid] = process{n(4), n(14) + n(15), n(16) + n(17)}
	}
	for pid, p := range all {
		for of := pid; of > 1; of = all[of].parent {
			if slices.Contains(pids, of) {
				total += time.Duration(p.own+p.ended) * tick
				break
			}
		}
	}
	return total
}

// Memory is what a process has in memory now, and the most that it has had, in MB. Where there is no /proc it is 0.
func Memory(pid int) (now, most float64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // its absence is 0
	for line := range strings.Lines(string(text)) {
		var kB float64
		switch name, value, _ := strings.Cut(line, ":"); name {
		case "VmRSS":
			if _, err := fmt.Sscan(value, &kB); err == nil {
				now = kB * 1024 / 1e6
			}
		case "VmHWM":
			if _, err := fmt.Sscan(value, &kB); err == nil {
				most = kB * 1024 / 1e6
			}
		}
	}
	return now, most
}

// Machine is the name of the processor that the figures were measured on.
func Machine() string {
	model := "unknown processor"
	text, _ := os.ReadFile("/proc/cpuinfo") // its absence is unknown
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	return model
}

// LoadAverage is how many threads of the machine have wanted a processor, over the last minute.
func LoadAverage() (load float64) {
	text, _ := os.ReadFile("/proc/loadavg") // its absence is 0
	_, _ = fmt.Sscan(string(text), &load)
	return load
}

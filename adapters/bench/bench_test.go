package bench

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
)

// chosen are the rows that BENCH asks for; nil: this is the short test, of all rows.
func chosen(t *testing.T) *regexp.Regexp {
	t.Helper()
	if os.Getenv("BENCH") == "" {
		return nil
	}
	rows, err := regexp.Compile("(?i)" + os.Getenv("BENCH"))
	if err != nil {
		t.Fatal("BENCH: ", err)
	}
	return rows
}

func chosenSizes(t *testing.T) sizes {
	t.Helper()
	if chosen(t) == nil {
		return sizes{round: 50 * time.Millisecond, rounds: 1, clients: 4, users: 20, buyers: 20, scale: 100, events: 50}
	}
	s := sizes{round: 3 * time.Second, rounds: 3, clients: 32, users: 2000, buyers: 10_000, scale: 1_000_000, events: 20_000}
	if text := os.Getenv("BENCHTIME"); text != "" {
		var err error
		if s.round, err = time.ParseDuration(text); err != nil || s.round < time.Second {
			t.Fatal("BENCHTIME must be at least 1s")
		}
	}
	return s
}

// scene is rows that are measured on one system.
type scene struct {
	way
	rows   []row
	floors bool // they have nothing of ours
}

// scenes are all; the short test does with one system.
func scenes(short bool) []scene {
	six := way{name: "six processes", bus: "NATS Streaming"}
	if short {
		return []scene{{six, append(requestRows(), floorRows()...), false}}
	}
	single := requestRows()
	for i := range single {
		single[i].Name += ", one process"
		single[i].floor, single[i].FloorName = nil, ""
	}
	return []scene{{six, requestRows(), false}, {six, floorRows(), true}, {way{name: "one process", bus: "NATS Streaming", single: true}, single, false}}
}

// chosen are the rows whose name matches; all for nil.
func (s scene) chosen(only *regexp.Regexp) []row {
	return slices.DeleteFunc(s.rows, func(r row) bool { return only != nil && !only.MatchString(r.Name) })
}

// open starts the system with as many tickets as the longest list has.
func (s scene) open(t *testing.T, programs string, size sizes) *lab {
	t.Helper()
	l := open(t, programs, size, s.way)
	_, _, err := l.offer(1000)
	if err == nil {
		err = l.tidy()
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestBench: see the package.
func TestBench(t *testing.T) {
	only, table := chosen(t), new(Table)
	for _, s := range scenes(only == nil) {
		rows := s.chosen(only)
		if len(rows) == 0 {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			l := s.open(t, build(t, "", s.way), chosenSizes(t))
			for _, r := range rows {
				l.row(table, r)
			}
		})
	}
	var text strings.Builder
	if err := table.Print(&text); err != nil {
		t.Error(err)
	}
	t.Logf("%s\n%s", heading(), text.String())
	if file := os.Getenv("BENCH_TABLE"); file != "" {
		if err := os.WriteFile(file, []byte(heading()+"\n\n"+text.String()), 0o644); err != nil { //nolint:gosec // a document
			t.Error(err)
		}
	}
}

// build compiles what a way to run needs, in a folder of the module adapters, or this one for "".
func build(t *testing.T, dir string, w way) (programs string) {
	t.Helper()
	names := []string{"ticketing"}
	if !w.single {
		names = nil
		for _, def := range functions.Services() {
			names = append(names, def.Name)
		}
	}
	return systemtest.BuildIn(t, dir, names, "-ldflags=-s -w")
}

// row measures one, and its floor.
func (l *lab) row(table *Table, r row) {
	l.Helper()
	result := r.Row
	if result.Ours, result.Err = r.ours(l); result.Err == nil && r.floor != nil {
		var err error
		if result.Floor, err = r.floor(l); err != nil && !errors.Is(err, errNoPgbench) {
			l.Errorf("%s: the floor: %v", r.Name, err)
		}
	}
	if result.Err != nil && !errors.Is(result.Err, errNoTag) && !errors.Is(result.Err, errNoPgbench) {
		l.Errorf("%s: %v", r.Name, result.Err)
	}
	if result.Err == nil && result.Ours.Value == 0 && result.Ours.Rate == 0 && result.Ours.P50 == 0 {
		l.Errorf("%s: no figure", r.Name)
	}
	table.Rows = append(table.Rows, result)
	l.progress(r.Name, result.Ours.Text(r.Unit), result.Floor.Text(r.Unit), table.Verdict(result))
}

// progress is for people who wait.
func (*lab) progress(name string, texts ...string) {
	fmt.Fprintf(os.Stderr, "%-45s %s; load %.1f\n", name, strings.Join(texts, "; "), LoadAverage())
}

// heading says where and when the figures were measured, and of what.
func heading() string {
	commit, _ := exec.Command("git", "describe", "--always", "--dirty").Output() // in an archive there is none
	return fmt.Sprintf("%s, %d processors; %s; commit %s; load of the machine %.1f", Machine(), runtime.NumCPU(), time.Now().UTC().Format("2 January 2006 15:04"), strings.TrimSpace(string(commit)), LoadAverage())
}

package bench

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/gittix/ticketing/adapters/systemtest"
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
		return sizes{round: 50 * time.Millisecond, rounds: 1, clients: 4, users: 20, buyers: 20, scale: 100, events: 50, hold: "0.01"}
	}
	s := sizes{round: 3 * time.Second, rounds: 3, clients: 32, users: 2000, buyers: 10_000, scale: 1_000_000, events: 20_000, hold: "0.05"}
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
	floors bool      // they have nothing of ours
	grows  []growing // of the short test, which has no system for each
}

// oneProcess ends the names of rows that are measured with all services in one process.
const oneProcess = ", one process"

// scenes are all. The short test does with one system.
func scenes(short bool, s sizes) []scene {
	const stan = "NATS Streaming"
	six := scene{way{name: "six processes", bus: stan}, slices.Concat(idleRows(), lambdaRows(), requestRows(), authRows(), []row{oldRow()}, peakRows()), false, nil}
	times := scene{way{name: "six processes, timed", bus: stan, server: timed()}, slices.Concat([]row{statementRow()}, timeRows(stan), expiryRows()), false, nil}
	if short {
		times.rows, times.grows = slices.Concat(six.rows, times.rows, floorRows()), growths(s)
		return []scene{times}
	}
	single := requestRows()
	for i := range single {
		single[i].Name += oneProcess
		single[i].floor, single[i].FloorName = nil, ""
	}
	return []scene{
		six, {way{name: "floors", bus: stan}, floorRows(), true, nil}, times,
		{way{name: "six processes, timed, JetStream", bus: "JetStream", server: timed()}, timeRows("JetStream"), false, nil},
		{way{name: "one process", bus: stan, single: true}, single, false, nil},
	}
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

// growthScenes are a system for each of what grows.
func growthScenes(s sizes) (all []scene) {
	for _, g := range growths(s) {
		w := way{name: "growth: " + g.of, bus: "NATS Streaming"}
		if g.of == "scheduled holds" {
			w.server = timed()
		}
		all = append(all, scene{w, nil, false, []growing{g}})
	}
	return all
}

// TestBench: see the package.
func TestBench(t *testing.T) {
	only, size, table := chosen(t), chosenSizes(t), new(Table)
	var grown []Growth
	var wanted []scene
	programs := map[bool]string{} // built at the beginning: the tree may change meanwhile
	for _, s := range append(scenes(only == nil, size), growthScenes(size)...) {
		s.rows = s.chosen(only)
		if len(s.rows) == 0 && (only == nil || len(s.grows) == 0 || !only.MatchString(s.name)) {
			continue
		}
		if wanted = append(wanted, s); programs[s.single] == "" {
			programs[s.single] = build(t, "", s.way)
		}
	}
	for _, s := range wanted {
		t.Run(s.name, func(t *testing.T) {
			size := size
			if len(s.rows) == 0 { // growth has many points
				size.round = max(size.round/3, min(size.round, time.Second))
			}
			l := s.open(t, programs[s.single], size)
			for _, r := range s.rows {
				l.row(table, r)
			}
			for _, g := range s.grows {
				grown = append(grown, l.grow(g)...)
			}
		})
	}
	var text, picture strings.Builder
	text.WriteString(heading() + "\n\n")
	if err := errors.Join(table.Print(&text), PrintGrowth(&text, grown), Draw(&picture, table, grown)); err != nil {
		t.Error(err)
	}
	t.Log(text.String())
	if file := os.Getenv("BENCH_TABLE"); file != "" {
		if err := errors.Join(os.WriteFile(file, []byte(text.String()), 0o644), os.WriteFile(strings.TrimSuffix(file, ".md")+".svg", []byte(picture.String()), 0o644)); err != nil {
			t.Error(err)
		}
	}
}

// build compiles what a way to run needs as images are made, in a folder of the module adapters, or this one for "".
func build(t *testing.T, dir string, w way) (programs string) {
	t.Helper()
	names := []string{"ticketing"}
	if !w.single {
		names = serviceNames()
	}
	var images struct {
		Flags   []string `yaml:"defaultFlags"`
		Ldflags []string `yaml:"defaultLdflags"`
	}
	text, err := os.ReadFile(filepath.Join(cmp.Or(dir, ".."), ".ko.yaml"))
	if err == nil {
		err = yaml.Unmarshal(text, &images)
	}
	if err != nil {
		t.Fatal(err)
	}
	return systemtest.BuildIn(t, dir, names, append(images.Flags, "-ldflags="+strings.Join(images.Ldflags, " "))...)
}

// row measures one, and its floor.
func (l *lab) row(table *Table, r row) {
	l.Helper()
	result := r.Row
	result.Why = why[strings.TrimSuffix(r.Name, oneProcess)]
	if result.Ours, result.Err = r.ours(l); result.Err == nil && r.floor != nil {
		var err error
		if result.Floor, err = r.floor(l); err != nil && !absent(err) {
			l.Errorf("%s: the floor: %v", r.Name, err)
		}
	}
	if result.Err != nil && !absent(result.Err) {
		l.Errorf("%s: %v", r.Name, result.Err)
	}
	if result.Err == nil && result.Ours.Value == 0 && result.Ours.Rate == 0 && result.Ours.P50 == 0 {
		l.Errorf("%s: no figure", r.Name)
	}
	table.Rows = append(table.Rows, result)
	l.progress(r.Name, result.Ours.Text(r.Unit), result.FloorName+" "+result.Floor.Text(r.Unit), table.Verdict(result))
}

// absent reports whether err says that there is nothing to measure on this machine, or yet.
func absent(err error) bool {
	return errors.Is(err, errNoTag) || errors.Is(err, errNoPgbench) || errors.Is(err, errNotCounted)
}

// progress is for people who wait.
func (*lab) progress(name string, texts ...string) {
	fmt.Fprintf(os.Stderr, "%-45s %s; load %.1f\n", name, strings.Join(texts, "; "), LoadAverage())
}

// heading says where and when the figures were measured, of what, and how to read them.
func heading() string {
	commit, _ := exec.Command("git", "describe", "--always", "--dirty").Output() // in an archive there is none
	return fmt.Sprintf(`# What it costs

Measured by %s: %s, %d processors, %s, %s, commit %s; the load of the machine at the end was %.1f.

ms CPU is the processor time of a request and all that it causes, of all services, PostgreSQL, the broker and Redis. Rates are those of
32 connections (8 where passwords are hashed) on the same machine, which the client takes a part of, too; p50 and p99 are of the answers. The floor is measured in the
same run; pgbench's own processor time is not in its figure. The reference is the system that this one replaces, on the same kind of machine.

![the table as a picture](TABLE.svg)
`, "`make bench`", Machine(), runtime.NumCPU(), runtime.Version(), time.Now().UTC().Format("2 January 2006 15:04"), strings.TrimSpace(string(commit)), LoadAverage())
}

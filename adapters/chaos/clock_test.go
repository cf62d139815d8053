package chaos

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// clockOffset names the setting of programs built with clocks: by how many seconds their clock is ahead.
const clockOffset = "CHAOS_CLOCK_OFFSET"

// clocks are flags of `go build` for programs whose time.Now is wrong, as on a machine with a wrong clock: for all of their code,
// libraries too. Time that passes is measured rightly. They replace one file of Go's own while it compiles; the programs' sources
// know nothing of it.
func clocks(t testing.TB) []string {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	original := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	source, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	const now = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	changed := strings.Replace(string(source), now, now+"\tsec += clockOffset\n", 1)
	if changed == string(source) {
		t.Fatal("time.Now is written in another way by now: ", original)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"time.go": changed, "offset.go": offset} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		original: filepath.Join(dir, "time.go"), filepath.Join(filepath.Dir(original), "offset.go"): filepath.Join(dir, "offset.go"),
	}})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return []string{"-overlay", filepath.Join(dir, "overlay.json")}
}

const offset = `package time

import "syscall"

var clockOffset = func() int64 {
	text, _ := syscall.Getenv("` + clockOffset + `")
	seconds, _ := atoi(text)
	return int64(seconds)
}()
`

package verify

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestVolumesAreLocked: a server that keeps its data on a volume holds a lock on it while it runs. A pod that was deleted by force runs on
// for some seconds beside the one in its place.
func TestVolumesAreLocked(t *testing.T) {
	t.Parallel()
	servers := 0
	for _, file := range build(t) {
		for _, o := range objects(t, file) {
			if o.Kind != "StatefulSet" {
				continue
			}
			container := o.Spec.Template.Spec.Containers[0]
			if image.MatchString(container.Image) || o.Metadata.Name == "prometheus" { // they lock their files themselves
				continue
			}
			servers++
			t.Run(filepath.Base(file)+" "+o.Metadata.Name, func(t *testing.T) {
				t.Parallel()
				locks(t, container.Command, container.VolumeMounts)
			})
		}
	}
	if servers < 10 {
		t.Errorf("only %d servers", servers)
	}
}

// locks runs a container's command, with a program that waits in place of the server.
func locks(t *testing.T, command []string, mounts []mount) {
	t.Helper()
	volume := t.TempDir()
	for _, m := range mounts {
		if m.Name == "data" {
			for i := range command {
				command[i] = strings.ReplaceAll(command[i], m.Path, volume)
			}
		}
	}
	if len(command) == 0 {
		t.Fatal("the image's own command, which locks nothing")
	}
	server := filepath.Join(t.TempDir(), command[len(command)-1])
	if err := os.WriteFile(server, []byte("#!/bin/sh\necho started\nread -r _\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), command[0], append(command[1:len(command)-1:len(command)-1], server)...) //nolint:gosec // of a manifest of ours
	stdin, errIn := cmd.StdinPipe()
	stdout, errOut := cmd.StdoutPipe()
	if errIn != nil || errOut != nil {
		t.Fatal(errIn, errOut)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, len("started\n"))); err != nil {
		t.Fatal("it did not start: ", err)
	}
	if !taken(t, volume) {
		t.Errorf("%q leaves %s to any other server", command, volume)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // read fails at the end
	if taken(t, volume) {
		t.Error("the lock outlives the server")
	}
}

// taken says whether a process has the lock of a volume.
func taken(t *testing.T, volume string) bool {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(volume, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

package overload

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// ofClient names the processor of the client in the environment of all else.
const ofClient = "OVERLOAD_CLIENT_CPU"

// pinSystem gives this process, and those that it starts, all processors but the last, which is the client's, so that neither takes time
// from the other. With one processor it does nothing.
func pinSystem() error {
	if os.Getenv(ofClient) != "" || runtime.NumCPU() < 2 {
		return nil
	}
	var cpus unix.CPUSet
	if err := unix.SchedGetaffinity(0, &cpus); err != nil {
		return err
	}
	last := 0
	for cpu := range len(cpus) * 64 {
		if cpus.IsSet(cpu) {
			last = cpu
		}
	}
	cpus.Clear(last)
	return again(&cpus, fmt.Sprint(last))
}

// pinClient gives this process the processor of the client.
func pinClient() error {
	var cpu int
	if n, _ := fmt.Sscan(os.Getenv(ofClient), &cpu); n == 0 {
		return nil
	}
	var cpus unix.CPUSet
	cpus.Set(cpu)
	return again(&cpus, "")
}

// again begins the program anew on these processors, since each thread has processors of its own.
func again(cpus *unix.CPUSet, client string) error {
	runtime.LockOSThread()
	if err := unix.SchedSetaffinity(0, cpus); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.Setenv(ofClient, client); err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, os.Environ()) //nolint:gosec // this program
}

package process

import (
	"errors"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// limitMemory lets Go use two thirds of the container's memory: near that its garbage collector works harder, and the kernel ends no process
// for garbage. The rest is for the program itself and what the kernel keeps of it. Far below, garbage may become twice what is in use before it is
// collected: a service uses some ten MiB, and a tenth of its processor's time was spent on it. Where GOMEMLIMIT is set, or nothing limits
// the memory, and where GOGC is set, that stays.
func limitMemory(log *slog.Logger) {
	_, err := memlimit.Set(memlimit.WithRatio(2./3), memlimit.WithProvider(memlimit.FromCgroup))
	if err != nil && !errors.Is(err, memlimit.ErrNoCgroup) && !errors.Is(err, memlimit.ErrCgroupsNotSupported) {
		log.Warn("the container's memory limit is unknown", "error", err)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

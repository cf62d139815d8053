package process

import (
	"errors"
	"log/slog"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// limitMemory lets Go use nine tenths of the container's memory: its garbage collector then works harder near the limit,
// and the kernel ends no process for garbage. Where GOMEMLIMIT is set, or nothing limits the memory, nothing changes.
func limitMemory(log *slog.Logger) {
	_, err := memlimit.Set(memlimit.WithRatio(0.9), memlimit.WithProvider(memlimit.FromCgroup))
	if err != nil && !errors.Is(err, memlimit.ErrNoCgroup) && !errors.Is(err, memlimit.ErrCgroupsNotSupported) {
		log.Warn("the container's memory limit is unknown", "error", err)
	}
}

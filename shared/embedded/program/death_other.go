//go:build !linux

package program

import "syscall"

// dieWithParent does nothing: only Linux has a parent-death signal. A child
// left behind by a killed parent is ended by the next Claim of its folder.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}

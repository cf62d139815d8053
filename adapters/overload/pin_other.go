//go:build !linux

package overload

// pinSystem does nothing where processors cannot be chosen.
func pinSystem() error { return nil }

// pinClient likewise.
func pinClient() error { return nil }

// Package verify shows that func takes the folders beside this one: func's own code loads, validates and builds
// them, and what it built runs and stops as Knative expects. It needs no registry, no container engine, no
// cluster and no database.
//
// It is a module of its own for the sake of func's many dependencies. `go mod tidy` fails on it: func's tests,
// which are not used here, need a module that cannot be had.
package verify

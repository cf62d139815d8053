// Command generate writes what is derived from the services' tables of contents, or checks that it is there:
//
//	generate [-check] [-root folder]
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/gittix/ticketing/adapters/manifests"
)

func main() {
	check := flag.Bool("check", false, "write nothing; print what would change, and end with status 1 if anything would")
	root := flag.String("root", ".", "the repository's root folder")
	flag.Parse()
	run := manifests.Write
	if *check {
		run = manifests.Check
	}
	if err := run(*root); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

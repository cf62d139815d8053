package auth

import (
	_ "embed"
	"strings"
)

//go:embed commonpasswords.txt
var commonPasswordsText string

// commonPasswords are those that everybody tries first, in lower case.
type commonPasswords map[string]struct{}

// readCommonPasswords reads the list: one password a line, each long enough to be chosen at all.
func readCommonPasswords() commonPasswords {
	c := commonPasswords{}
	for line := range strings.Lines(commonPasswordsText) {
		c[strings.TrimSpace(line)] = struct{}{}
	}
	return c
}

// has ignores case: Password1 is no better than password1.
func (c commonPasswords) has(password string) bool {
	_, ok := c[strings.ToLower(password)]
	return ok
}

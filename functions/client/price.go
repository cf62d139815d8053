package client

import (
	"regexp"
	"strings"
)

var (
	grouped      = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)
	decimalComma = regexp.MustCompile(`^[0-9]+,[0-9]{1,2}$`)
)

// plainPrice reads an amount as people write it, "$1,234.50" or "42,50", as the plain decimal that tickets
// takes. What it cannot read it leaves, for tickets to refuse.
func plainPrice(s string) string {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "$"), "$"))
	switch {
	case grouped.MatchString(s):
		return strings.ReplaceAll(s, ",", "")
	case decimalComma.MatchString(s):
		return strings.Replace(s, ",", ".", 1)
	}
	return s
}

package auth

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCommonPasswordsList(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSuffix(commonPasswordsText, "\n"), "\n")
	if !slices.IsSorted(lines) || len(slices.Compact(slices.Clone(lines))) != len(lines) {
		t.Error("the list is not sorted, or repeats itself")
	}
	for _, l := range lines {
		if l != strings.ToLower(strings.TrimSpace(l)) || utf8.RuneCountInString(l) < shortestPassword {
			t.Errorf("%q can never match", l)
		}
	}
	common := readCommonPasswords()
	for _, p := range []string{"password", "PASSWORD1", "Passw0rd", "12345678", "qwertyuiop", "1Q2w3e4r"} {
		if !common.has(p) {
			t.Errorf("%s is not in the list", p)
		}
	}
	if common.has(goodPassword) || common.has("") {
		t.Error("a good password is in the list")
	}
}

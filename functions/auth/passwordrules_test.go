package auth

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	r := newPasswordRules()
	const email = "ada.lovelace@bücher-laden.example"
	for _, password := range []string{
		"8 chars!", strings.Repeat("aé🎟", 42), "with \x00 and \t inside", "   spaces   ", "пароль-для-Ады", "correct ticketing horse", "my own tickets are 3 of 4",
		"Canada in December", "lovelace wrote programs",
	} {
		if !r.allow(password, email) {
			t.Errorf("%q is refused", password)
		}
	}
	for _, password := range []string{
		"7 chars", "ééééééé", strings.Repeat("aé🎟", 43), "broken \ufffd text", // length, text
		"        ", "\u3000\u3000\u3000\u3000\u3000\u3000\u3000\u3000", "aaaaaaaaaaaa", "abababababab", "🎟🎟🎟🎟🎟🎟🎟🎟", "\t \t \t \t \t", // too few kinds
		"password", "PassWord123", " iloveyou1 ", "1Q2w3e4r", "qwertyuiop", "19841984", // common
		"ticketing", "Ticketing", "ticketing2026", "Ticketing2026", "TICKETING!", "2026-ticketing", "T1ck3t1ng", "t1cket!ng99", "ticketingticketing", "Gittix2026!", "tickets!",
		"my ticketing", "ticketingpassword1", // this service, with trivial decorations
		email, "ADA.LOVELACE@bücher-laden.example", "Ada.Lovelace", "lovelace1815", "ada-lovelace", "L0velace!", "bücher-laden1", "ada ada ada", // the e-mail address
	} {
		if r.allow(password, email) {
			t.Errorf("%q is allowed", password)
		}
	}
}

func TestCommonPasswordsList(t *testing.T) {
	t.Parallel()
	lines := readCommonPasswords()
	if len(lines) < 10_000 || !slices.IsSorted(lines) || len(slices.Compact(slices.Clone(lines))) != len(lines) {
		t.Errorf("%d passwords: too few, not sorted, or some more than once", len(lines))
	}
	for _, l := range lines {
		if l != strings.ToLower(strings.TrimSpace(l)) || utf8.RuneCountInString(l) < shortestPassword || l != normal(l) {
			t.Errorf("%q can never match", l)
		}
	}
}

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
		"Canada in December", "lovelace wrote programs", "correct horse battery", "staple battery horse", "Zitronenfalter im Regen", "x7#Qm!v2Lp9$wZk", "8347 1Qz! 2026", "билет в первый ряд", "티켓 두 장 주세요",
		"correct ticketing 48293 horse", "ada xkqzpwr 7492610",
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
		"t i c k e t i n g", "tïcketing", "ＴＩＣＫＥＴＩＮＧ１", "ticketmarketplace", "Ticket Marketplace 2026", "t\u200bicket\u2060ing", "𝓽𝓲𝓬𝓴𝓮𝓽𝓲𝓷𝓰", // this service, however it is written
		"P@ssw0rd2026", "welcome2026", "2026 Welcome!", "letmein!!", "l3tm31n!", "we1come2026", "$unshine2026", "password password", "password!password!", "p a s s w o r d", "Pässwörd2026",
		"password\u200b1", "p\u00adassword1", "pass\U000e0020word\ufe0f🎟", "ｐａｓｓｗｏｒｄ", "1 2 3 4 5 6 7 8", // common, however it is written
		strings.Repeat("\u200b", 8) + "abc", "abc\u00ad\u2060\u3164\ufe0f\U000e0001", "aaaaaaaa\u200b\u2060", // shows nothing
		"b u c h e r - l a d e n", "ａｄａ lövelace 1815",
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

package text_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/text"
)

// What people write, in many scripts, and what emoji are made of.
var good = []string{ //nolint:staticcheck // as people write it, joiners and all
	"Opera", "Cup final, north stand", "C:\\opera", "<b>", "100 %", "No. 9", "Die Zauberflöte", "Été à Rome", "Ελλάδα", "Война и мир", "日本", "大阪\U000E0100城", "ｱｲｳ",
	"한국 콘서트", "ไทยแลนด์ ที่นั่ง", "हिन्दी क्षेत्र", "क्\u200dष", "க்ஷ", "ශ්\u200dරී ලංකා", "മലയാളം അവന്\u200d", "می\u200cخواهم", "ه\u200d.ش", "قاعة الحفلات", "קוֹנְצֶרְט", "ᠮᠣᠩᠭᠣᠯ ᠤᠨ", "ᠬᠠᠭᠠᠨ\u180eᠠ", "အနုပညာ", "ខ្មែរ",
	"🎫", "❤️", "❤️\u200d🔥", "👨\u200d👩\u200d👧\u200d👦", "👩🏽\u200d⚕️", "🏳️\u200d🌈", "🏴\u200d☠️", "🙂\u200d↔️", "👁️\u200d🗨️", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f vs 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "🇪🇸🇩🇪", "1️⃣ #️⃣", "☎︎", "©️ ‼️ ℹ️", "؀١٢", "a\u00a0b", "ẹ́", "x\u0301\u0301\u0301",
}

// What nobody sees, or what moves the text around it, and what stands for lost text.
var bad = []rune{
	0, '\t', '\n', 0x7F, 0x85, 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029,
	0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2060, 0x2061, 0x2064, 0x2065, 0x2066, 0x2067, 0x2068, 0x2069, 0x206A, 0x206F, 0x2800, 0x3164, 0xE000,
	0xFDD0, 0xFE00, 0xFE0E, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFB, 0xFFFC, 0xFFFD, 0xFFFE, 0x1BCA0, 0x1D173, 0xE0001, 0xE0020, 0xE0041, 0xE007F, 0xE0100, 0xF0000, 0x10FFFF,
}

func TestLineKeeps(t *testing.T) {
	t.Parallel()
	for _, s := range good {
		if line, ok := text.Line(" \u3000"+norm.NFD.String(s)+"\r\n", 255); !ok || line != norm.NFC.String(s) {
			t.Errorf("%q: %q, %v", s, line, ok)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"": "", " \n ": "", " a \r\n\n\n b\n": "a\n\nb", "e\u0301": "é"} {
		if lines, ok := text.Lines(s, 5); !ok || lines != want {
			t.Errorf("%q: %q, %v", s, lines, ok)
		}
	}
	for _, s := range []string{"a\n\u200b", "abcdef", "a\u0085b", strings.Repeat("\n", 11)} {
		if lines, ok := text.Lines(s, 5); ok {
			t.Errorf("%q: %q", s, lines)
		}
	}
}

func TestLineRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", " ", "\u00a0\u3000", "\u0301", "\u0301a", "\u20E3", "a" + strings.Repeat("\u0301\u0323", 5), "a" + strings.Repeat("\u0301", 40),
		"می\u200c", "\u200cمی", "a\u200cب", "🎫\u200d", "\u200d🎫", "🎫\u200da", "1\uFE0F", "a\uFE0F", "\uFE0F", "🎫\uFE0F\uFE0F",
		"🏴\U000E0067\U000E0062", "🏴\U000E007F", "🎫\U000E0067\U000E0062\U000E007F", "🏴" + strings.Repeat("\U000E0061", 7) + "\U000E007F", "🏴\U000E0020\U000E007F",
		"🏴\U000E0067\U000E007F\U000E0067\U000E007F", "大\U000E0100\U000E0100",
	} {
		if line, ok := text.Line(s, 255); ok {
			t.Errorf("%q is %q", s, line)
		}
	}
	for _, r := range bad {
		for _, s := range []string{string(r), "Opera" + string(r) + "house", strings.Repeat(string(r), 3)} {
			if line, ok := text.Line(s, 255); ok {
				t.Errorf("%q is %q", s, line)
			}
		}
	}
}

func TestLineLength(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"éééé": true, "ééééé": false, " éééé ": true, strings.Repeat("e\u0301", 4): true, "🎫🎫🎫🎫": true} {
		if _, ok := text.Line(s, 4); ok != want {
			t.Errorf("%q: %v", s, ok)
		}
	}
}

// Any line is what Line makes of it again, in NFC, with something to see first, and holds nothing that moves other text.
func check(t interface{ Fatalf(string, ...any) }, s string) {
	line, ok := text.Line(s, 255)
	if !ok {
		return
	}
	again, ok := text.Line(line, 255)
	moves := strings.ContainsFunc(line, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Bidi_Control, unicode.Zl, unicode.Zp) })
	first := []rune(line)[0]
	if !ok || again != line || !norm.NFC.IsNormalString(line) || moves || unicode.IsMark(first) || unicode.IsSpace(first) || unicode.Is(unicode.Cf, first) && !unicode.Is(unicode.Prepended_Concatenation_Mark, first) {
		t.Fatalf("%q is %q, and again %q", s, line, again)
	}
}

// Whatever is put together of good and bad pieces keeps the promise.
func TestLineProperties(t *testing.T) {
	t.Parallel()
	pieces := append([]string{}, good...)
	for _, r := range bad {
		pieces = append(pieces, string(r))
	}
	rapid.Check(t, func(r *rapid.T) {
		check(r, strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(r, "pieces"), rapid.SampledFrom([]string{"", " "}).Draw(r, "between")))
		check(r, rapid.String().Draw(r, "any"))
	})
}

func FuzzLine(f *testing.F) {
	for _, s := range good {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { check(t, s) })
}

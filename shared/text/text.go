// Package text reads what one person writes for others to see.
//
// Its promise: what Line returns is in NFC and has something to see; nothing in it is hidden, and nothing changes the
// order of what stands around it on a page. Emoji and all scripts are kept, with the invisible characters they need.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// mostMarks may stand on one character: more than any script needs, and fewer than it takes to cover the lines around.
const mostMarks = 8

// Line returns s without the spaces around it, in NFC. It reports false for what is no line of at most longest characters:
// nothing to see, control characters and line breaks, U+FFFD (what was no UTF-8), what reorders the text around it, and invisible characters that no
// emoji and no script needs where they stand.
func Line(s string, longest int) (line string, ok bool) {
	line = strings.TrimSpace(norm.NFC.String(s))
	if utf8.RuneCountInString(line) > longest {
		return "", false
	}
	runes, marks, seen := []rune(line), 0, false
	for i, r := range runes {
		switch {
		case unicode.IsOneOf(refused, r) || noncharacter(r):
			return "", false
		case ignorable(r):
			if !needed(runes, i) {
				return "", false
			}
		case unicode.IsMark(r):
			if marks++; i == 0 || marks > mostMarks {
				return "", false
			}
		default:
			marks = 0
			seen = seen || unicode.IsGraphic(r) && !unicode.IsSpace(r)
		}
	}
	return line, seen
}

// Lines returns several lines of at most longest characters together, each as Line returns it, with at most one empty line between two. Nothing to see
// is "", and true. It reports false for what Line does.
func Lines(s string, longest int) (lines string, ok bool) {
	if utf8.RuneCountInString(s) > 2*longest {
		return "", false
	}
	var kept []string
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			if n := len(kept); n > 0 && kept[n-1] != "" {
				kept = append(kept, "")
			}
			continue
		}
		clean, ok := Line(line, longest)
		if !ok {
			return "", false
		}
		kept = append(kept, clean)
	}
	lines = strings.TrimSpace(strings.Join(kept, "\n"))
	return lines, utf8.RuneCountInString(lines) <= longest
}

// refused is never part of a line.
var refused = []*unicode.RangeTable{
	unicode.Cc, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Bidi_Control,
	{R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}, {Lo: 0xFFFC, Hi: 0xFFFD, Stride: 1}}}, // symbols that are blank, or stand for lost text
}

func noncharacter(r rune) bool { return r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF }

// ignorable reports whether r shows nothing by itself: Unicode's Default_Ignorable_Code_Point, and the other characters
// that control the format, but for those that surround or prefix digits and hieroglyphs and show.
func ignorable(r rune) bool {
	if unicode.Is(unicode.Prepended_Concatenation_Mark, r) || r >= 0x13430 && r <= 0x1343F {
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

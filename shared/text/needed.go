package text

import (
	"strings"
	"unicode"
)

const (
	nonJoiner    = '\u200C'
	joiner       = '\u200D'
	textStyle    = '\uFE0E'
	emojiStyle   = '\uFE0F'
	keycap       = '\u20E3'
	blackFlag    = '\U0001F3F4'
	endOfTags    = '\U000E007F'
	mostTags     = 6      // of a region's flag
	textualEmoji = "‼⁉〰ℹ" // those that are not symbols for Unicode
	keycaps      = "#*0123456789"
)

// joining are the scripts whose letters take another form beside a joiner or a non-joiner.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mandaic, unicode.Nko, unicode.Mongolian, unicode.Phags_Pa, unicode.Adlam, unicode.Hanifi_Rohingya,
	unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada,
	unicode.Malayalam, unicode.Sinhala, unicode.Myanmar, unicode.Khmer, unicode.Tibetan, unicode.Balinese, unicode.Javanese,
}

// needed reports whether the ignorable character at i changes how its neighbors look, as emoji and scripts use it.
func needed(runes []rune, i int) bool {
	r, before, after := runes[i], at(runes, i-1), at(runes, i+1)
	switch {
	case r == nonJoiner: // Persian
		return unicode.IsOneOf(joining, before) && unicode.IsOneOf(joining, after)
	case r == joiner: // Sinhala, Malayalam, Persian; families
		return unicode.IsOneOf(joining, before) || (symbol(before) || before == emojiStyle) && symbol(after)
	case r == emojiStyle && strings.ContainsRune(keycaps, before):
		return after == keycap
	case r == emojiStyle, r == textStyle:
		return symbol(before) || strings.ContainsRune(textualEmoji, before) || varies(before)
	case unicode.Is(unicode.Mongolian, r) || r == '\u180E':
		return unicode.Is(unicode.Mongolian, before)
	case unicode.Is(unicode.Variation_Selector, r):
		return varies(before)
	case r >= 0xE0020 && r <= endOfTags:
		return ofFlag(runes, i)
	}
	return false
}

func at(runes []rune, i int) rune {
	if i < 0 || i >= len(runes) {
		return 0
	}
	return runes[i]
}

// symbol reports whether r may be a part of an emoji: a picture, an arrow, a skin tone.
func symbol(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Sm) || r >= 0x1F3FB && r <= 0x1F3FF
}

// varies reports whether r has standardized variations that are not about emoji.
func varies(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Myanmar, unicode.Phags_Pa, unicode.Sm)
}

// ofFlag reports whether the tag at i is one of a flag: a black flag, a region's code, and the end.
func ofFlag(runes []rune, i int) bool {
	first := i
	for first > 0 && runes[first] != blackFlag && i-first <= mostTags+1 {
		first--
	}
	if runes[first] != blackFlag {
		return false
	}
	for n, r := range runes[first+1:] {
		switch {
		case r == endOfTags:
			return n > 0 && first+1+n >= i
		case n == mostTags || r < 0xE0030 || r > 0xE0039 && r < 0xE0061 || r > 0xE007A:
			return false
		}
	}
	return false
}

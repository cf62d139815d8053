package client

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quiet is the margin around a QR code, in modules, without which cameras do not find it.
const quiet = 4

// square is a QR code.
type square struct {
	Size int      // of a side, with its margins, in modules
	dark [][3]int // x, y and length of each run of dark modules in a row
}

// pictureOf returns the QR code of a text. Errors: one that is too long.
func pictureOf(text string) (square, error) {
	code, err := qr.Encode(text, qr.M, qr.Unicode) // an eighth of it may be hidden
	if err != nil {
		return square{}, err
	}
	side := code.Bounds().Dx()
	s := square{Size: side + 2*quiet}
	for y := range side {
		for x := 0; x < side; x++ {
			start := x
			for x < side && code.At(x, y) == color.Black {
				x++
			}
			if x > start {
				s.dark = append(s.dark, [3]int{quiet + start, quiet + y, x - start})
			}
		}
	}
	return s, nil
}

// Path draws the dark modules, as an SVG path says it.
func (s square) Path() string {
	var b strings.Builder
	for _, run := range s.dark {
		fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", run[0], run[1], run[2], run[2])
	}
	return b.String()
}

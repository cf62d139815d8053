package client

import (
	"bytes"
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// pdf is the pass on a sheet of A4, which a printer for US Letter takes, too.
func (p passView) pdf() ([]byte, error) {
	const margin, width, picture = 25.0, 160.0, 100.0 // mm
	font, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	title, venue := inFont(font, p.Title), inFont(font, p.About.Venue)
	fitting := func(points float64, text string) float64 { // so that all of it is on the sheet, whatever it says
		if len([]rune(text)) > 80 {
			return 11
		}
		return points
	}
	f := fpdf.New("P", "mm", "A4", "")
	f.SetTitle(fmt.Sprintf("Pass of order %d", p.OrderID), true)
	f.SetLang("en")
	f.SetCreationDate(p.IssuedAt.Time)
	f.SetMargins(margin, margin, margin)
	f.SetAutoPageBreak(false, margin)
	f.AddUTF8FontFromBytes("go", "", goregular.TTF)
	f.AddPage()
	write := func(size float64, text string) {
		f.SetFont("go", "", size)
		f.MultiCell(width, size/2, text, "", "L", false) // a line is about 1.4 times as high as the letters, which are in points
	}
	write(11, "Ticketing · Pass")
	write(fitting(22, title), title)
	f.Ln(4)
	for _, line := range []string{when(p.About), venue} {
		if line != "" {
			write(fitting(14, line), line)
		}
	}
	write(11, strings.Join([]string{
		fmt.Sprintf("Order %d", p.OrderID), fmt.Sprintf("Ticket %d", p.TicketID), "Issued on " + p.IssuedAt.UTC().Format("Jan 2, 2006, 15:04 UTC"),
	}, "\n"))
	f.Ln(6)
	module, top := picture/float64(p.Picture.Size-2*quiet), f.GetY()
	for _, run := range p.Picture.dark { // each a little higher than a module, so that no light shows between rows
		f.Rect(margin+module*float64(run[0]-quiet), top+module*float64(run[1]-quiet), module*float64(run[2]), module*1.02, "F")
	}
	f.SetY(top + picture + 8)
	write(11, "Show this code at the entrance. It is good for one entry, whoever shows it first: keep it to yourself.")
	if title != p.Title || venue != p.About.Venue {
		f.Ln(4)
		write(11, "“…” stands for letters that this file does not have. The page of the pass shows them, and can be printed, too.")
	}
	var b bytes.Buffer
	err = f.Output(&b)
	return b.Bytes(), err
}

// inFont is a text with “…” for what the font has no letters for: it has those of Latin, Greek and Cyrillic.
func inFont(font *sfnt.Font, text string) string {
	var b strings.Builder
	var glyphs sfnt.Buffer
	left := false
	for _, r := range text {
		glyph, err := font.GlyphIndex(&glyphs, r)
		missing := err != nil || glyph == 0 || r > 0xFFFF
		switch {
		case !missing:
			b.WriteRune(r)
		case !left:
			b.WriteRune('…')
		}
		left = missing
	}
	return b.String()
}

package client

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/money"
)

// selling is what the visitor sells, and has sold.
type selling struct {
	listing[event.Ticket]
	Numbers api.Sales
	Weeks   []bar
}

// bar is one week of the chart.
type bar struct {
	Monday time.Time
	Earned money.Cents
	Sold   int
	X      int // from the left, in the chart's units
	Height int // of 100
}

// Top is where the bar begins, from above.
func (b bar) Top() int { return 100 - b.Height }

// chart is twelve weeks, up to the one of now, also those in which nothing was sold. The best one is 100 high.
func chart(weeks []api.Week, now time.Time) (bars []bar) {
	if len(weeks) == 0 {
		return nil
	}
	var best money.Cents
	of := map[int64]api.Week{}
	for _, w := range weeks {
		of[w.Monday.Unix()], best = w, max(best, w.Earned)
	}
	y, m, d := now.UTC().Date()
	monday := time.Date(y, m, d-int(now.UTC().Weekday()+6)%7-11*7, 0, 0, 0, 0, time.UTC)
	for i := range 12 {
		at := monday.AddDate(0, 0, 7*i)
		w := of[at.Unix()]
		b := bar{Monday: at, Earned: w.Earned, Sold: w.Sold, X: 10 * i}
		if best > 0 {
			b.Height = int(w.Earned * 100 / best)
		}
		bars = append(bars, b)
	}
	return bars
}

// longestFile is the size in bytes, as JSON writes them, from which on a file of sales gets no further page: with one more, which has up to
// 1.1 MB, it fits into an answer of Lambda's, which has 6 MiB. That is some 50,000 lines.
const longestFile = 5_000_000

// SalesFile is what the visitor has sold, newest first, as a file for a spreadsheet. Where that is too much for one file, its last line says where the
// next one is.
func (s *Site) SalesFile(ctx context.Context, v visit) (answer, error) {
	page := api.Page{Limit: 1000, After: readPaging(v.URL.Query()).after}
	var b bytes.Buffer
	size := 0 // of what b holds, in JSON
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"order", "ticket", "title", "price", "refunded", "status", "sold at"}) // to memory: it does not fail
	for {
		begin := b.Len()
		sales, err := v.api.ListSales(ctx, 0, page)
		if err != nil {
			return answer{}, err
		}
		for _, s := range sales.Items {
			status := "sold"
			if s.Status == event.OrderIsCancelled {
				status = "refunded"
			}
			_ = w.Write([]string{
				strconv.Itoa(int(s.OrderID)), strconv.Itoa(int(s.TicketID)), asText(s.Title), dollars(s.Price), dollars(s.Refunded), status,
				s.SoldAt.UTC().Format(time.RFC3339),
			})
		}
		w.Flush()
		if page.After = sales.Next; page.After == 0 {
			break
		}
		if size += sizeInJSON(b.Bytes()[begin:]); size > longestFile {
			_ = w.Write([]string{"", "", fmt.Sprintf("Older sales are in another file: %s/tickets/mine/sales.csv?after=%d", s.address(v), page.After), "", "", "", ""})
			w.Flush()
			break
		}
	}
	return answer{file: b.Bytes(), kind: "text/csv; charset=utf-8", name: "sales.csv"}, nil
}

// sizeInJSON returns how many bytes a string of text has in an answer of Lambda's.
func sizeInJSON(text []byte) int {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(string(text)) // of a string to memory: it does not fail
	return b.Len()
}

// asText keeps a spreadsheet from taking what people wrote for a formula.
func asText(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func dollars(c money.Cents) string { return fmt.Sprintf("%d.%02d", c/100, c%100) }

package tickets

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

const (
	window = 5000 // tickets that a search looks at one by one: some milliseconds
	rare   = 25   // of a window have a rare word, at most
)

// search returns a page of the wanted tickets that have all the words.
//
// Frequent words are among the first tickets of the order, where a page of them is full soon. Rare words are found by the index of
// titles, by the rarest of them: how rare it is, the first tickets tell. Where no word is rare and the page is not full,
// or the index does not know the words (one or two letters, signs), the next page looks at later tickets.
func (t *Tickets) search(ctx context.Context, req ListTicketsRequest) (none function.Page[Ticket], _ error) {
	wanted, err := t.wanted(ctx, req)
	if err != nil {
		return none, err
	}
	words, last, err := t.begin(ctx, req, wanted)
	if err != nil {
		return none, err
	}
	first := wanted
	if last.ID != 0 {
		first = wanted.until(req, last)
	}
	found, err := first.having(words).first(ctx, t.db, req.Limit+1)
	if err != nil {
		return none, err
	}
	if len(found) > req.Limit || last.ID == 0 {
		return function.PageOf(req.Paging, found, idOf), nil
	}
	rarest, err := first.rarest(ctx, t.db, words)
	if err != nil {
		return none, err
	}
	if rarest == "" {
		return function.PartOf(req.Paging, found, last.ID), nil
	}
	found, err = wanted.having(words).among(ctx, t.db, rarest, req.Limit+1)
	return function.PageOf(req.Paging, found, idOf), err
}

// begin returns the words as titles are compared, and the last ticket of the window: none if no ticket is behind it. A character may
// stand for several words. Errors: apierror.ErrInvalidQuery, if they are too many.
func (t *Tickets) begin(ctx context.Context, req ListTicketsRequest, wanted filter) (words []string, last position, err error) {
	folded, id, err := wanted.window(ctx, t.db, strings.Join(req.Words, " "))
	if err != nil {
		return nil, last, err
	}
	if words = strings.Fields(folded); len(words) > mostWords {
		return nil, last, apierror.ErrInvalidQuery
	}
	if last.ID = id; last.ID != 0 && (req.Sort == Date || req.Sort == Price) {
		last, err = t.position(ctx, last.ID)
	}
	return words, last, err
}

// window returns words as titles are compared, and the id of the last ticket of the window: 0 if no ticket is behind it.
func (f filter) window(ctx context.Context, q postgres.Querier, words string) (folded string, last int32, err error) {
	type found struct {
		Words string
		Last  int32
	}
	rows, err := planned(ctx, q, pgx.RowToStructByPos[found], f.with(pgx.StrictNamedArgs{"words": words}),
		`SELECT fold(@words), coalesce((SELECT id FROM tickets WHERE %s ORDER BY %s OFFSET %d LIMIT 1), 0)`, f, f.order, window)
	if err != nil {
		return "", 0, err
	}
	return rows[0].Words, rows[0].Last, nil
}

// having adds that all words are in the title, which is looked up by no index.
func (f filter) having(words []string) filter {
	for i, word := range words {
		name := fmt.Sprint("word", i)
		f = f.and("search || '' LIKE @"+name, pgx.StrictNamedArgs{name: pattern(word)})
	}
	return f
}

// rarest returns the word that the fewest of the tickets have, if it is rare and the index knows it, or else "".
func (f filter) rarest(ctx context.Context, q postgres.Querier, words []string) (string, error) {
	counts, values := make([]string, len(words)), pgx.StrictNamedArgs{}
	for i, word := range words {
		name := fmt.Sprint("word", i)
		values[name] = pattern(word)
		counts[i] = "count(*) FILTER (WHERE search LIKE @" + name + ")"
	}
	counted, err := planned(ctx, q, pgx.RowTo[[]int64], f.with(values),
		`SELECT ARRAY[%s] FROM tickets WHERE %s`, strings.Join(counts, ", "), f)
	if err != nil {
		return "", err
	}
	best, fewest := "", int64(rare+1)
	for i, word := range words {
		n := counted[0][i]
		if indexed(word) && (n < fewest || n == fewest && best != "" && len(word) > len(best)) {
			best, fewest = word, n
		}
	}
	return best, nil
}

// indexed reports whether the index of titles knows a word: it has three letters or digits in a row.
func indexed(word string) bool {
	run := 0
	for _, r := range word {
		if run++; !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			run = 0
		}
		if run == 3 {
			return true
		}
	}
	return false
}

func pattern(word string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word) + "%"
}

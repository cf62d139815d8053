package tickets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

const (
	window = 5000 // tickets that a search looks at one by one: some milliseconds
	rare   = 25   // of a window have a rare word, at most
)

// search returns a page of the tickets that have all the words.
//
// Frequent words are among the newest tickets, where a page of them is full soon. Rare words are found by the index of
// titles, by the rarest of them: how rare it is, the newest tickets tell. Where no word is rare and the page is not full,
// or the index does not know the words (one or two letters, signs), the next page looks at older tickets.
func (t *Tickets) search(ctx context.Context, req ListTicketsRequest, which filter) (none function.Page[Ticket], _ error) {
	words, floor, err := t.fold(ctx, strings.Join(req.Words, " "), which)
	if err != nil {
		return none, err
	}
	if len(words) > mostWords { // a character may stand for several words
		return none, apierror.ErrInvalidQuery
	}
	near := which.and("id >= $%d", floor)
	found, err := near.having(words).newest(ctx, t.db, req.Limit+1)
	if err != nil {
		return none, err
	}
	if len(found) > req.Limit || floor == 0 {
		return function.PageOf(req.Paging, found, idOf), nil
	}
	rarest, err := t.rarest(ctx, words, near)
	if err != nil {
		return none, err
	}
	if rarest == "" {
		return function.PartOf(req.Paging, found, floor), nil
	}
	found, err = which.having(words).among(ctx, t.db, rarest, req.Limit+1)
	return function.PageOf(req.Paging, found, idOf), err
}

// fold returns the words as titles are compared, and the id of the oldest ticket in the window, or 0 if there is none older.
func (t *Tickets) fold(ctx context.Context, words string, which filter) (folded []string, floor int32, err error) {
	type start struct {
		Words string
		Floor int32
	}
	args := slices.Concat(which.args, []any{words})
	begun, err := planned(ctx, t.db, pgx.RowToStructByPos[start], fmt.Sprintf(
		`SELECT fold($%d), coalesce((SELECT id FROM tickets WHERE %s ORDER BY %s OFFSET %d LIMIT 1), 0)`, len(args), which, which.order, window), args)
	if err != nil {
		return nil, 0, err
	}
	return strings.Fields(begun[0].Words), begun[0].Floor, nil
}

// rarest returns the word that the fewest tickets of a window have, if it is rare and the index knows it, or else "".
func (t *Tickets) rarest(ctx context.Context, words []string, near filter) (string, error) {
	counts, args := make([]string, len(words)), near.args
	for i, word := range words {
		args = append(args, pattern(word))
		counts[i] = fmt.Sprintf("count(*) FILTER (WHERE search LIKE $%d)", len(args))
	}
	counted, err := planned(ctx, t.db, pgx.RowTo[[]int64], fmt.Sprintf(`SELECT ARRAY[%s] FROM tickets WHERE %s`, strings.Join(counts, ", "), near), args)
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

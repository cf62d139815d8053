// Package money is amounts in cents: exact, never a float.
package money

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Cents is an amount in hundredths of the currency's unit. In JSON it is a number with at most two decimals.
type Cents int64

// ErrInvalid is what Parse returns for everything that is not an amount.
var ErrInvalid = errors.New("money: not an amount with at most two decimals")

// Parse reads a plain decimal such as "12", "12.5" or "12.50": no sign, no exponent, no zeros before other digits, at
// most two decimals.
func Parse(s string) (Cents, error) {
	whole, fraction, point := strings.Cut(s, ".")
	if whole == "" || len(whole) > 1 && whole[0] == '0' || point && fraction == "" || len(fraction) > 2 || !digits(whole) || !digits(fraction) {
		return 0, ErrInvalid
	}
	fraction += strings.Repeat("0", 2-len(fraction))
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil || n > math.MaxInt64/2 {
		return 0, ErrInvalid
	}
	return Cents(n), nil
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// String gives the shortest decimal: 12, 12.5, 12.34.
func (c Cents) String() string {
	s := fmt.Sprintf("%d.%02d", c/100, c%100)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// MarshalJSON writes a JSON number.
func (c Cents) MarshalJSON() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalJSON reads a JSON number or a string that holds one. Trailing zeros beyond two decimals are refused like any third decimal.
func (c *Cents) UnmarshalJSON(b []byte) error {
	s := string(b)
	if bytes.HasPrefix(b, []byte(`"`)) {
		if err := json.Unmarshal(b, &s); err != nil {
			return ErrInvalid
		}
	}
	n, err := Parse(strings.TrimSpace(s))
	if err != nil {
		return err
	}
	*c = n
	return nil
}

// Package money is amounts in cents: exact, never a float.
package money

import (
	"bytes"
	"encoding/json"
	"errors"
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
func (c Cents) String() string { return string(c.AppendJSON(nil)) }

// MarshalJSON writes a JSON number.
func (c Cents) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

// AppendJSON appends what MarshalJSON writes.
func (c Cents) AppendJSON(b []byte) []byte {
	n := uint64(c)
	if c < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendUint(b, n/100, 10)
	switch tens, ones := byte(n/10%10), byte(n%10); {
	case ones != 0:
		return append(b, '.', '0'+tens, '0'+ones)
	case tens != 0:
		return append(b, '.', '0'+tens)
	}
	return b
}

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

package client

import "testing"

func TestPlainPrice(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"42": "42", " 42.50 ": "42.50", "$42.50": "42.50", "$ 42": "42", "42,50 $": "42.50", "42,5": "42.5", "1,234.50": "1234.50", "1,234,567": "1234567",
		"1,234": "1234", "": "", "free": "free", "-5": "-5", "1.234,50": "1.234,50", "1e3": "1e3", "4,2,1": "4,2,1",
	} {
		if got := plainPrice(typed); got != want {
			t.Errorf("%q is read as %q, not %q", typed, got, want)
		}
	}
}

package client

import (
	"net/url"
	"testing"
)

func TestPaging(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]paging{
		"":                       {Number: 1, Next: "/l?after=5&q=a"},
		"after=60":               {Number: 2, First: "/l?q=a", Previous: "/l?q=a", Next: "/l?after=5&before=60&q=a"},
		"after=40&before=60":     {Number: 3, First: "/l?q=a", Previous: "/l?after=60&q=a", Next: "/l?after=5&before=60.40&q=a"},
		"after=20&before=60.40":  {Number: 4, First: "/l?q=a", Previous: "/l?after=40&before=60&q=a", Next: "/l?after=5&before=60.40.20&q=a"},
		"after=20&before=40.40":  {Number: 0, First: "/l?q=a", Next: "/l?after=5&before=20&q=a"}, // the page before is not known
		"after=20&before=20":     {Number: 0, First: "/l?q=a", Next: "/l?after=5&before=20&q=a"},
		"after=20&before=<b>":    {Number: 0, First: "/l?q=a", Next: "/l?after=5&before=20&q=a"},
		"after=x&before=60":      {Number: 1, Next: "/l?after=5&q=a"},
		"after=20&before=60..40": {Number: 4, First: "/l?q=a", Previous: "/l?after=40&before=60&q=a", Next: "/l?after=5&before=60.40.20&q=a"},
	} {
		asked, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		got := readPaging(asked).with("/l", url.Values{"q": {"a"}}, 5)
		if got.Number != want.Number || got.First != want.First || got.Previous != want.Previous || got.Next != want.Next {
			t.Errorf("%s: %+v, want %+v", query, got, want)
		}
		if last := readPaging(asked).with("/l", url.Values{"q": {"a"}}, 0); last.Next != "" || last.Previous != want.Previous {
			t.Errorf("%s is the last: %+v", query, last)
		}
	}
}

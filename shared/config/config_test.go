package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type settings struct {
	URL   string        `env:"TEST_URL" required:"true"`
	Hold  time.Duration `env:"TEST_HOLD" envDefault:"15m"`
	Count int           `env:"TEST_COUNT" envDefault:"3"`
	Outer struct{ Inner inner }
}

type inner struct {
	Wait time.Duration `env:"TEST_WAIT" envDefault:"1s"`
}

func (i inner) Validate() error {
	if i.Wait <= 0 {
		return errors.New("TEST_WAIT must be above 0")
	}
	return nil
}

func (s *settings) Validate() error {
	if s.Count < 1 {
		return errors.New("TEST_COUNT must be at least 1")
	}
	return nil
}

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := Parse[settings](Values{"TEST_URL": "x", "TEST_COUNT": "7"})
	if err != nil || got.URL != "x" || got.Hold != 15*time.Minute || got.Count != 7 || got.Outer.Inner.Wait != time.Second {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, c := range []struct {
		values Values
		want   []string
	}{
		{Values{}, []string{"TEST_URL"}},
		{Values{"TEST_HOLD": "s3cret", "TEST_COUNT": "s3cret"}, []string{"TEST_URL", "TEST_HOLD", "TEST_COUNT"}},
		{Values{"TEST_URL": "x", "TEST_WAIT": "s3cret"}, []string{"TEST_WAIT is not a valid time.Duration"}},
		{Values{"TEST_URL": "x", "TEST_COUNT": "0"}, []string{"TEST_COUNT must be at least 1"}},
		{Values{"TEST_URL": "x", "TEST_WAIT": "0s"}, []string{"TEST_WAIT must be above 0"}},
	} {
		_, err := Parse[settings](c.values)
		if err == nil || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v: want one line without values, got %v", c.values, err)
			continue
		}
		for _, name := range c.want {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("%v: error does not name %s: %v", c.values, name, err)
			}
		}
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "..data"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"A": "file\n", "B": "file"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v, err := load([]string{"B=env", "C=x=y"}, dir)
	if err != nil || v["A"] != "file" || v["B"] != "env" || v["C"] != "x=y" {
		t.Errorf("got %v, %v", v, err)
	}
	if v, err := load(nil, filepath.Join(dir, "absent")); err != nil || len(v) != 0 {
		t.Errorf("without files: %v, %v", v, err)
	}
}

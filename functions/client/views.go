package client

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

//go:embed templates/*.html
var templates embed.FS

// sheet is what every page is made of.
type sheet struct {
	Title    string
	Nonce    string
	Now      time.Time // by which the reader's clock is corrected
	Path     string
	Base     string // what browsers see before every path; the templates' addresses have it by themselves
	Back     string // the address to come back to after signing in
	Email    string // of the visitor, as the session says
	User     string // the visitor's id, by the same word
	SignedIn bool
	Stripe   bool
	Soon     bool
	Data     any // of the view

	key string // of the page's forms; "": a new one for each
}

// Key is what a form of the page is known by.
func (s sheet) Key() string { return cmp.Or(s.key, rand.Text()) }

// views are the templates by name, each with the layout around it.
type views struct {
	named   map[string]*template.Template
	assets  assets
	version string // of all templates and assets: a hash
}

func loadViews() (*views, error) {
	a, err := loadAssets()
	if err != nil {
		return nil, err
	}
	layout, err := template.New("layout").Funcs(template.FuncMap{"asset": a.url, "usd": usd, "moment": moment, "day": day, "when": when, "category": categoryName, "device": device, "scope": scopeName, "webhookevent": webhookEvent, "kind": kind, "json": inJSON}).
		ParseFS(templates, "templates/layout.html", "templates/form.html")
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	v := &views{named: map[string]*template.Template{}, assets: a}
	sum := sha256.New()
	fmt.Fprint(sum, a.urls)
	for _, file := range files {
		source, err := templates.ReadFile(file)
		if err != nil {
			return nil, err
		}
		sum.Write(source)
		t, err := layout.Clone()
		if err == nil {
			t, err = t.ParseFS(templates, file)
		}
		if err != nil {
			return nil, err
		}
		v.named[strings.TrimSuffix(path.Base(file), ".html")] = t
	}
	v.version = hex.EncodeToString(sum.Sum(nil))
	return v, nil
}

// render writes a view, or that part of it which is named.
func (v *views) render(w io.Writer, view, part string, s sheet) error {
	t := v.named[view]
	if t == nil {
		return fmt.Errorf("client: no view %q", view)
	}
	if part == "" {
		part = "layout"
	}
	if s.Base == "" {
		return t.ExecuteTemplate(w, part, s)
	}
	var page bytes.Buffer
	if err := t.ExecuteTemplate(&page, part, s); err != nil {
		return err
	}
	_, err := w.Write(addresses.ReplaceAll(page.Bytes(), []byte("${1}"+s.Base+"/")))
	return err
}

// addresses are the attributes that lead to this site. What people wrote cannot look like one: in it, quotes are escaped.
var addresses = regexp.MustCompile(`( (?:href|action|src|data-live|data-leave|data-order)=")/`)

// usd is a price. The script writes it as the reader's language does; until then it is American English.
func usd(c money.Cents) template.HTML {
	whole, rest := fmt.Sprint(int64(c)/100), fmt.Sprintf("%02d", int64(c)%100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return template.HTML(fmt.Sprintf(`<data class="price" value="%s">$%s.%s</data>`, c, whole, rest)) //nolint:gosec // digits only
}

// day is one in UTC.
func day(t time.Time) string { return t.UTC().Format("Jan 2, 2006") }

// moment is a time. The script writes it by the reader's clock; until then it is UTC, and says so.
func moment(t timestamp.Time) template.HTML {
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`, //nolint:gosec // digits and names of months only
		t.UTC().Format(time.RFC3339Nano), t.UTC().Format("Jan 2, 2006, 15:04:05 UTC")))
}

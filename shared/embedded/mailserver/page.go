package mailserver

import (
	"embed"
	"encoding/json"
	"html/template"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
)

//go:embed page.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html"))

// Handler shows the mails below a path that ends in a slash: a list, each mail, and for programs mails.json (?to= one address).
// It does so for clients on this host that ask for it by a name of this host, which a page of another site cannot.
func (s *Server) Handler(path string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path+"{$}", func(w http.ResponseWriter, _ *http.Request) {
		all := s.Mails("")
		slices.Reverse(all)
		show(w, map[string]any{"Path": path, "All": all})
	})
	mux.HandleFunc("GET "+path+"mails.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.Mails(r.URL.Query().Get("to"))) // an error says that the client went away
	})
	mux.HandleFunc("GET "+path+"{number}", s.one(func(w http.ResponseWriter, m Mail) { show(w, map[string]any{"Path": path, "Mail": m}) }))
	mux.HandleFunc("GET "+path+"{number}/html", s.one(func(w http.ResponseWriter, m Mail) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		// A site of its own, without scripts, whose links open a window.
		w.Header().Set("Content-Security-Policy", "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
		_, _ = w.Write([]byte(`<base target="_blank">` + m.HTML))
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLocal(r.RemoteAddr) || !isLocal(r.Host) {
			http.Error(w, "The mailbox is shown on the machine that it is on, at http://localhost.", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// isLocal reports whether an address, perhaps with a port, is one of this host.
func isLocal(address string) bool {
	host := (&url.URL{Host: address}).Hostname()
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (s *Server) one(answer func(http.ResponseWriter, Mail)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		number, _ := strconv.Atoi(r.PathValue("number"))
		for _, m := range s.Mails("") {
			if m.Number == number {
				answer(w, m)
				return
			}
		}
		http.NotFound(w, r)
	}
}

func show(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'")
	_ = page.Execute(w, data) // as above
}

// decoded is a header as people read it.
func decoded(header string) string {
	if text, err := new(mime.WordDecoder).DecodeHeader(header); err == nil {
		return text
	}
	return header
}

package stripeserver

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const maxBody = 1 << 20

// request is a call with its parameters read.
type request struct {
	method      string
	path        string
	id          string // from the path
	requestID   string
	key         string // Idempotency-Key, of a POST
	fingerprint string // of all that must not change under one key
	form        url.Values
	now         int64
}

func (s *Sandbox) read(w http.ResponseWriter, r *http.Request) (request, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return request{}, err
	}
	req := request{
		method:    r.Method,
		path:      r.URL.Path,
		id:        r.PathValue("id"),
		requestID: newID("req"),
		form:      r.Form,
		now:       s.cfg.Now().Unix(),
	}
	if r.Method == http.MethodPost {
		req.key = r.Header.Get("Idempotency-Key")
	}
	sum := sha256.Sum256([]byte(req.path + "\n" + req.form.Encode()))
	req.fingerprint = hex.EncodeToString(sum[:])
	return req, nil
}

// authorized says whether a call shows a secret test key, as a bearer or as a user name.
func authorized(r *http.Request) bool {
	key, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer {
		key, _, _ = r.BasicAuth()
	}
	return strings.HasPrefix(key, "sk_test_")
}

// unknown returns the first parameter that is none of those allowed.
func (r request) unknown(allowed ...string) (string, bool) {
	names := make([]string, 0, len(r.form))
	for name := range r.form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		base, _, _ := strings.Cut(name, "[")
		if !slices.Contains(allowed, base) && !slices.Contains(allowed, name) {
			return name, true
		}
	}
	return "", false
}

// list returns the values of name[] or name[0], name[1], …
func (r request) list(name string) []string {
	var values []string
	for key, v := range r.form {
		if strings.HasPrefix(key, name+"[") {
			values = append(values, v...)
		}
	}
	return values
}

func (r request) metadata() map[string]string {
	values := map[string]string{}
	for key, v := range r.form {
		if name, ok := strings.CutPrefix(key, "metadata["); ok {
			values[strings.TrimSuffix(name, "]")] = v[0]
		}
	}
	return values
}

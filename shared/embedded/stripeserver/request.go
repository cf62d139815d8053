package stripeserver

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const maxBody = 1 << 20 // bytes

// request is a call with its parameters read.
type request struct {
	id          string
	method      string
	path        string
	object      string // the id in the path
	key         string // Idempotency-Key, of a POST
	fingerprint string // of all that must not change under one key
	form        url.Values
	now         int64 // Unix seconds
}

func read(w http.ResponseWriter, r *http.Request) (request, error) {
	req := request{id: newID("req"), method: r.Method, path: r.URL.Path, object: r.PathValue("id"), now: time.Now().Unix()}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return req, err
	}
	req.form = r.Form
	if r.Method == http.MethodPost {
		req.key = r.Header.Get("Idempotency-Key")
	}
	sum := sha256.Sum256([]byte(req.path + "\n" + req.form.Encode()))
	req.fingerprint = hex.EncodeToString(sum[:])
	return req, nil
}

// authorized reports whether a call shows a secret test key, as a bearer or as a user name.
func authorized(r *http.Request) bool {
	key, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer {
		key, _, _ = r.BasicAuth()
	}
	return strings.HasPrefix(key, "sk_test_")
}

// unknown refuses the first parameter, by name, that is none of those allowed.
func (r request) unknown(allowed ...string) (answer, bool) {
	for _, name := range slices.Sorted(maps.Keys(r.form)) {
		base, _, _ := strings.Cut(name, "[")
		if !slices.Contains(allowed, base) && !slices.Contains(allowed, name) {
			return refuse(http.StatusBadRequest, "parameter_unknown", name, "Received unknown parameter: %s", name), true
		}
	}
	return answer{}, false
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

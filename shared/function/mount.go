package function

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
)

// Mount is where browsers see what is served here, if not at the root of a host: below a path, such as /shop.
type Mount struct {
	Path     BasePath `env:"BASE_PATH"`                             // what stands before every path, such as /shop; all else is 404
	Stripped bool     `env:"BASE_PATH_STRIPPED" envDefault:"false"` // true: a proxy takes BASE_PATH away before requests come here
}

// BasePath is "", or one or more segments of a path, such as /shop.
type BasePath string

// plainSegments need no escapes, in no place where a path may stand.
var plainSegments = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*$`)

// UnmarshalText refuses what is no path, ends in a slash, or needs escapes.
func (b *BasePath) UnmarshalText(text []byte) error {
	p := string(text)
	if !plainSegments.MatchString(p) || p != "" && path.Clean(p) != p {
		return errors.New("must begin with a slash, end without one, and be of letters, digits and .-_~")
	}
	*b = BasePath(p)
	return nil
}

// Cut returns a path less the base path, or false for a path that is not below it.
func (b BasePath) Cut(p string) (string, bool) {
	rest, ok := strings.CutPrefix(p, string(b))
	if !ok || rest != "" && rest[0] != '/' {
		return p, false
	}
	if rest == "" {
		rest = "/"
	}
	return rest, true
}

type mountKey struct{}

// MountedAt returns a context of requests whose paths browsers see below base. An adapter that takes base away itself sets it.
func MountedAt(ctx context.Context, base BasePath) context.Context {
	return context.WithValue(ctx, mountKey{}, base)
}

// Base returns what browsers see before the path of the request of ctx. Locations and links in headers have it by themselves;
// a page puts it before the addresses in its text.
func Base(ctx context.Context) string {
	base, _ := ctx.Value(mountKey{}).(BasePath)
	return string(base)
}

// mounted serves next below the base path: handlers see paths without it, clients get headers with it.
func (m Mount) mounted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base, set := r.Context().Value(mountKey{}).(BasePath)
		if !set && m.Path != "" {
			base = m.Path
			rest, below := base.Cut(r.URL.Path)
			if !below && !m.Stripped {
				apierror.Write(w, apierror.ErrNotFound)
				return
			}
			r = r.WithContext(MountedAt(r.Context(), base))
			if !m.Stripped {
				r = at(r, rest)
			}
		}
		if base != "" {
			w = &linked{ResponseWriter: w, base: string(base)}
		}
		next.ServeHTTP(w, r)
	})
}

// plain gives every handler a path in one form, whatever front door it came through: unescaped once, so that an escaped slash is
// a slash, as HTTP APIs of API Gateway have it. What would not be a path then is refused, as net/http refuses a bad escape.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "%") {
			if _, err := url.PathUnescape(r.URL.Path); err != nil {
				http.Error(w, "400 Bad Request", http.StatusBadRequest)
				return
			}
		}
		if r.URL.RawPath != "" {
			r = at(r, r.URL.Path)
		}
		next.ServeHTTP(w, r)
	})
}

// at returns the request as one for another path.
func at(r *http.Request, p string) *http.Request {
	u, other := *r.URL, *r
	u.Path, u.RawPath = p, ""
	other.URL, other.RequestURI = &u, u.RequestURI()
	return &other
}

// linked puts the base path before the addresses of this host in an answer's headers.
type linked struct {
	http.ResponseWriter
	base string
	sent bool
}

func (l *linked) WriteHeader(status int) {
	if !l.sent && status >= http.StatusOK {
		l.sent = true
		h := l.Header()
		if to := h.Get("Location"); strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") {
			h.Set("Location", l.base+to)
		}
		for i, link := range h["Link"] {
			h["Link"][i] = strings.ReplaceAll(link, "</", "<"+l.base+"/")
		}
	}
	l.ResponseWriter.WriteHeader(status)
}

func (l *linked) Write(b []byte) (int, error) {
	if !l.sent {
		l.WriteHeader(http.StatusOK)
	}
	return l.ResponseWriter.Write(b)
}

// Unwrap serves http.ResponseController.
func (l *linked) Unwrap() http.ResponseWriter { return l.ResponseWriter }

package client

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var embedded embed.FS

// assets are the style, scripts and icon. Their addresses change with their content, so they are cached for good.
type assets struct {
	content map[string][]byte // by name, with the hash in it
	urls    map[string]string // by plain name
}

func loadAssets() (assets, error) {
	a := assets{map[string][]byte{}, map[string]string{}}
	files, err := fs.ReadDir(embedded, "assets")
	if err != nil {
		return a, err
	}
	for _, f := range files {
		b, err := embedded.ReadFile("assets/" + f.Name())
		if err != nil {
			return a, err
		}
		sum := sha256.Sum256(b)
		kind := path.Ext(f.Name())
		name := strings.TrimSuffix(f.Name(), kind) + "-" + hex.EncodeToString(sum[:6]) + kind
		a.content[name], a.urls[f.Name()] = b, "/assets/"+name
	}
	return a, nil
}

// url returns the address of an asset. Errors: there is no such asset.
func (a assets) url(name string) (string, error) {
	url, ok := a.urls[name]
	if !ok {
		return "", fmt.Errorf("client: no asset %q", name)
	}
	return url, nil
}

// ServeHTTP answers with the asset that the path names.
func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	b, ok := a.content[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	kind := mime.TypeByExtension(path.Ext(name))
	if !strings.Contains(kind, "charset=") { // of an image that is XML
		kind += "; charset=utf-8"
	}
	h.Set("Content-Type", kind)
	_, _ = w.Write(b) // the visitor went away
}

package function

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/gittix/ticketing/shared/apierror"
)

// None is the request of an endpoint that reads nothing, or the reply of one that says nothing.
type None struct{}

// Binder is a request that takes something from beyond the body: the path, the query, a header.
type Binder interface{ Bind(*http.Request) error }

// Validator is a request that checks itself. Its error comes before Bind's.
type Validator interface{ Validate() error }

// Responder is a reply that sets headers and chooses the status, given the usual one.
type Responder interface {
	Respond(h http.Header, status int) int
}

// GET returns an endpoint that answers 200.
func GET[In, Out any](name, path string, fn func(context.Context, In) (Out, error)) Endpoint {
	return endpoint(name, http.MethodGet, path, http.StatusOK, fn)
}

// POST returns an endpoint that answers 200.
func POST[In, Out any](name, path string, fn func(context.Context, In) (Out, error)) Endpoint {
	return endpoint(name, http.MethodPost, path, http.StatusOK, fn)
}

// Create returns a POST endpoint that answers 201.
func Create[In, Out any](name, path string, fn func(context.Context, In) (Out, error)) Endpoint {
	return endpoint(name, http.MethodPost, path, http.StatusCreated, fn)
}

// Accept returns a POST endpoint that answers 202: what it was asked for is done later.
func Accept[In, Out any](name, path string, fn func(context.Context, In) (Out, error)) Endpoint {
	return endpoint(name, http.MethodPost, path, http.StatusAccepted, fn)
}

// PUT returns an endpoint that answers 200.
func PUT[In, Out any](name, path string, fn func(context.Context, In) (Out, error)) Endpoint {
	return endpoint(name, http.MethodPut, path, http.StatusOK, fn)
}

// PATCH returns an endpoint that answers 200.
func PATCH[In, Out any](name, path string, fn func(context.Context, In) (Out, error)) Endpoint {
	return endpoint(name, http.MethodPatch, path, http.StatusOK, fn)
}

// DELETE returns an endpoint that answers 200.
func DELETE[In, Out any](name, path string, fn func(context.Context, In) (Out, error)) Endpoint {
	return endpoint(name, http.MethodDelete, path, http.StatusOK, fn)
}

// Raw returns an endpoint whose handler reads requests and writes answers itself.
func Raw(name, method, path string, handle http.HandlerFunc) Endpoint {
	return Endpoint{Name: name, Method: method, Path: path, Handler: handle, Needs: Needs{Source: nameOf(handle)}}
}

func endpoint[In, Out any](name, method, path string, status int, fn func(context.Context, In) (Out, error)) Endpoint {
	body := method != http.MethodGet && takesBody(reflect.TypeFor[In]())
	var zero Out
	shape, versioned := shapeOf(zero), method == http.MethodGet && len(versionOf(zero)) > 0
	e := Endpoint{Name: name, Method: method, Path: path, bodiless: !body, Needs: Needs{Source: nameOf(fn)}, Contract: Contract{
		Request: reflect.TypeFor[In](), Reply: reflect.TypeFor[Out](), Status: status, Versioned: versioned,
	}}
	e.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in In
		err := read(r, &in, body)
		var a answer
		if err == nil {
			a, err = answerTo(r, &in, func(ctx context.Context) (a answer, err error) {
				if a, err = run(ctx, &in, fn); err == nil && versioned {
					a.tag = ETag(shape, a.reply)
				}
				return a, err
			})
		}
		if err == nil && a.tag != "" && Unchanged(w, r, a.tag, isPublic(r.Context())) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if err == nil && method == http.MethodGet {
			err = ReserveAnswer(r.Context(), len(a.text))
		}
		if err != nil {
			Fail(w, r, err)
			return
		}
		write(w, status, a)
	})
	return e
}

// takesBody reports whether JSON has anything to fill in.
func takesBody(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return true
	}
	for f := range t.Fields() {
		if f.Anonymous && !takesBody(f.Type) || !f.Anonymous && (!f.IsExported() || f.Tag.Get("json") == "-") {
			continue
		}
		return true
	}
	return false
}

// read fills in from the body, then checks it, then binds the rest of the request.
func read(r *http.Request, in any, body bool) error {
	if body {
		if err := decode(r, in); err != nil {
			return err
		}
	}
	if v, ok := in.(Validator); ok {
		if err := v.Validate(); err != nil {
			return err
		}
	}
	if b, ok := in.(Binder); ok {
		return b.Bind(r)
	}
	return nil
}

func decode(r *http.Request, in any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return apierror.ErrMediaType
	}
	b, err := io.ReadAll(r.Body)
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return apierror.ErrTooLarge
	}
	if err != nil || !utf8.Valid(b) {
		return apierror.ErrInvalidJSON.With(err)
	}
	err = json.Unmarshal(b, in)
	if known := new(apierror.Error); err == nil || errors.As(err, &known) {
		return err
	}
	return apierror.ErrInvalidJSON.With(err)
}

// answer is a reply and its JSON, a line.
type answer struct {
	reply any
	text  []byte
	tag   string // ETag; "": it has none
}

// answerTo returns what run answers to a request, or what one run answers to several.
func answerTo(r *http.Request, in any, run func(context.Context) (answer, error)) (answer, error) {
	ctx := r.Context()
	if err := reserve(ctx, in); err != nil {
		return answer{}, err
	}
	if a, ok := ctx.Value(admissionKey{}).(*admission); ok && a.share != nil {
		return a.share.do(ctx, r.URL.RequestURI(), run)
	}
	return run(ctx)
}

// run calls the endpoint's function, and makes JSON of its reply.
func run[In, Out any](ctx context.Context, in *In, fn func(context.Context, In) (Out, error)) (answer, error) {
	end, err := work(ctx, in)
	if err != nil {
		return answer{}, err
	}
	defer end()
	out, err := await(ctx, *in, fn)
	if err != nil {
		return answer{}, err
	}
	text, err := appendJSON(make([]byte, 0, 512), out)
	return answer{reply: out, text: append(text, '\n')}, err
}

func write(w http.ResponseWriter, status int, a answer) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	if r, ok := a.reply.(Responder); ok {
		status = r.Respond(h, status)
	}
	if len(a.text) > 2048 { // net/http finds out by itself how long less is
		h.Set("Content-Length", strconv.Itoa(len(a.text)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(a.text) // an error says that the client went away
}

package function

import "net/http"

// recorder remembers the status, and ends the work at the first byte of the answer: clients may read slowly.
type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
	sends  func()
}

func (r *recorder) WriteHeader(status int) {
	if status >= http.StatusOK && !r.wrote {
		r.status, r.wrote = status, true
		r.sends()
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if !r.wrote {
		r.wrote = true
		r.sends()
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap serves http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

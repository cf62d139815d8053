package function

import "encoding/json"

// appendJSON appends what encoding/json makes of a value. What is often asked for writes that itself, faster: pages, and what has
// a method AppendJSON.
func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case interface{ appendJSON([]byte) ([]byte, error) }:
		return v.appendJSON(b)
	case interface{ AppendJSON([]byte) []byte }:
		return v.AppendJSON(b), nil
	}
	text, err := json.Marshal(v)
	return append(b, text...), err
}

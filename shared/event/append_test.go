package event_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

// TestAppendJSON: what payloads append is what encoding/json writes, byte for byte, whatever is in their fields: a field that
// was added later, too.
func TestAppendJSON(t *testing.T) {
	t.Parallel()
	for _, kind := range []reflect.Type{reflect.TypeFor[event.Ticket](), reflect.TypeFor[event.Order](), reflect.TypeFor[event.OrderTicket]()} {
		t.Run(kind.Name(), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				v := reflect.New(kind).Elem()
				draw(t, v)
				want, err := json.Marshal(v.Interface())
				if err != nil {
					t.Fatal(err)
				}
				if got := v.Interface().(interface{ AppendJSON([]byte) []byte }).AppendJSON(nil); string(got) != string(want) { //nolint:forcetypeassert // they all have it
					t.Fatalf("%s, want %s", got, want)
				}
			})
		})
	}
}

// draw fills a value of a payload.
func draw(t *rapid.T, v reflect.Value) {
	switch v.Type() {
	case reflect.TypeFor[timestamp.Time]():
		at := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, 253402300799_999)).Draw(t, "time")
		if at != 0 {
			v.Set(reflect.ValueOf(timestamp.Of(time.UnixMilli(at))))
		}
		return
	case reflect.TypeFor[money.Cents]():
		v.SetInt(rapid.OneOf(rapid.Int64Range(0, 1000), rapid.Int64()).Draw(t, "cents"))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			draw(t, v.Field(i))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			draw(t, v.Elem())
		}
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "is"))
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~<>&"\\ö\x{2027}-\x{202a}]*`), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text"))
	case reflect.Int32:
		v.SetInt(int64(rapid.OneOf(rapid.Just(int32(0)), rapid.Int32()).Draw(t, "number")))
	default:
		t.Fatalf("no values of %s", v.Type())
	}
}

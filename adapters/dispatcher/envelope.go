package dispatcher

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/gittix/ticketing/shared/event"
)

// read returns the event in a message. A message that is no event of the subject's type is wrapped in one without a signature,
// whose data is a base64 string: so its consumer refuses it, and notes that, as it would without a dispatcher.
func read(subject string, message []byte) event.Event {
	if e, err := event.Decode(message); err == nil && e.Type() == subject {
		return e
	}
	data, err := json.Marshal(base64.StdEncoding.EncodeToString(message))
	if err != nil {
		data = nil // cannot be: it is a string; and no data is no payload either
	}
	sum := sha256.Sum256(message)
	id := hex.EncodeToString(sum[:8])
	return event.Draft{ID: id, Type: subject, Subject: "malformed/" + id, Data: data}.At(0, time.Now())
}

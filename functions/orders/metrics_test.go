package orders

import "testing"

// TestOpenReservationsAreBounded: to count them takes no longer, however many there are.
func TestOpenReservationsAreBounded(t *testing.T) {
	t.Parallel()
	f := start(t, 1, 1)
	f.reserve(1)
	f.Counted(map[string]float64{"reservations_open": 1})
	if _, err := f.db.Exec(t.Context(), `INSERT INTO orders (user_id, status, expires_at, ticket_id, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at)
		SELECT 1, 'created', now(), i, 'Opera', 1000, 0, now(), now() FROM generate_series(2, 10050) i`); err != nil {
		t.Fatal(err)
	}
	f.Counted(map[string]float64{"reservations_open": 10_000})
}

package stripeserver

import "testing"

// TestLateFault: the money moves, and only a call with the same key is told.
func TestLateFault(t *testing.T) {
	t.Parallel()
	c := open(t, Config{})
	id := c.intent("pm_card_visa").ID
	c.Fail(Fault{Status: 500, Late: true})
	c.want(c.confirm(id, "key"), 500, "")
	c.Fail(Fault{})
	c.stands(id, succeeded, 1)
	c.want(c.confirm(id, "key"), 200, succeeded)
	c.stands(id, succeeded, 1)
}

package stripeserver

// state is all that the sandbox remembers. Its objects are values: an endpoint changes a copy, and hands it in with a
// change.
type state struct {
	intents  map[string]intent
	charges  map[string]charge
	refunds  map[string]refund
	disputes map[string]dispute
	events   []event                 // the oldest first
	listed   []string                // the ids of refunds and disputes, the oldest first
	answers  map[string]storedAnswer // by idempotency key
	owed     map[string]event        // webhooks that have not arrived yet
}

// change is what one request does to the state: one line of the journal, so that it happens as a whole or not at all.
type change struct {
	Intents   []intent      `json:"intents,omitempty"`
	Charges   []charge      `json:"charges,omitempty"`
	Refunds   []refund      `json:"refunds,omitempty"`
	Disputes  []dispute     `json:"disputes,omitempty"`
	Answer    *storedAnswer `json:"answer,omitempty"`
	Events    []event       `json:"events,omitempty"`
	Delivered string        `json:"delivered,omitempty"` // the id of an event that has arrived
}

func newState() state {
	return state{
		intents: map[string]intent{}, charges: map[string]charge{}, refunds: map[string]refund{}, disputes: map[string]dispute{},
		answers: map[string]storedAnswer{}, owed: map[string]event{},
	}
}

func (s *state) apply(c change) {
	for _, pi := range c.Intents {
		s.intents[pi.ID] = pi
	}
	for _, ch := range c.Charges {
		s.charges[ch.ID] = ch
	}
	for _, re := range c.Refunds {
		s.list(re.ID)
		s.refunds[re.ID] = re
	}
	for _, dp := range c.Disputes {
		s.list(dp.ID)
		s.disputes[dp.ID] = dp
	}
	for _, e := range c.Events {
		s.owed[e.ID] = e
		s.events = append(s.events, e)
	}
	if c.Answer != nil {
		s.answers[c.Answer.Key] = *c.Answer
	}
	delete(s.owed, c.Delivered)
}

// list notes the id of a new refund or dispute.
func (s *state) list(id string) {
	_, refunded := s.refunds[id]
	if _, disputed := s.disputes[id]; !refunded && !disputed {
		s.listed = append(s.listed, id)
	}
}

// commit writes a change down, then makes it so, then sends its webhooks. The caller holds mu.
func (s *Sandbox) commit(c change) error {
	if err := s.journal.append(c); err != nil {
		return err
	}
	s.state.apply(c)
	for _, e := range c.Events {
		s.deliver(e)
	}
	return nil
}

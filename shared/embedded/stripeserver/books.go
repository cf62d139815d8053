package stripeserver

// books is everything that the sandbox remembers. They are values: whoever
// changes something changes a copy and hands it in with a [change].
type books struct {
	methods map[string]paymentMethod
	intents map[string]intent
	charges map[string]charge
	refunds map[string]refund
	answers map[string]storedAnswer // by idempotency key
	owed    map[string]event        // webhooks not delivered yet
}

// change is what one request does to the books: one line of the journal, so
// that it happens as a whole or not at all.
type change struct {
	Methods   []paymentMethod `json:"methods,omitempty"`
	Intents   []intent        `json:"intents,omitempty"`
	Charges   []charge        `json:"charges,omitempty"`
	Refunds   []refund        `json:"refunds,omitempty"`
	Answer    *storedAnswer   `json:"answer,omitempty"`
	Events    []event         `json:"events,omitempty"`
	Delivered string          `json:"delivered,omitempty"` // the event that was
}

func newBooks() books {
	return books{
		methods: map[string]paymentMethod{},
		intents: map[string]intent{},
		charges: map[string]charge{},
		refunds: map[string]refund{},
		answers: map[string]storedAnswer{},
		owed:    map[string]event{},
	}
}

func (b *books) apply(c change) {
	for _, m := range c.Methods {
		b.methods[m.ID] = m
	}
	for _, i := range c.Intents {
		b.intents[i.ID] = i
	}
	for _, ch := range c.Charges {
		b.charges[ch.ID] = ch
	}
	for _, r := range c.Refunds {
		b.refunds[r.ID] = r
	}
	for _, e := range c.Events {
		b.owed[e.ID] = e
	}
	if c.Answer != nil {
		b.answers[c.Answer.Key] = *c.Answer
	}
	delete(b.owed, c.Delivered)
}

func (c change) empty() bool {
	return len(c.Methods)+len(c.Intents)+len(c.Charges)+len(c.Refunds)+len(c.Events) == 0 &&
		c.Answer == nil && c.Delivered == ""
}

// commit writes a change down, and only then makes it so. The caller holds mu.
func (s *Sandbox) commit(c change) error {
	if s.courier == nil {
		c.Events = nil
	}
	if c.empty() {
		return nil
	}
	if err := s.journal.append(c); err != nil {
		return err
	}
	s.books.apply(c)
	if !s.closed { // else they stay owed until the next Open
		for _, e := range c.Events {
			s.courier.send(e)
		}
	}
	return nil
}

// delivered notes that a webhook arrived.
func (s *Sandbox) delivered(eventID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commit(change{Delivered: eventID})
}

package session

import "errors"

// Secret signs sessions; at least 32 bytes.
type Secret string

// UnmarshalText refuses a secret that can be guessed.
func (s *Secret) UnmarshalText(b []byte) error {
	if len(b) < 32 {
		return errors.New("a secret needs at least 32 bytes")
	}
	*s = Secret(b)
	return nil
}

// Settings are what a service needs to know of sessions.
type Settings struct {
	Secret Secret `env:"JWT_SECRET" required:"true" secret:"true" example:"0123456789abcdef0123456789abcdef"` // at least 32 bytes, the same in every service
	Secure bool   `env:"SESSION_SECURE" envDefault:"true"`                                                    // false: the cookie also travels without TLS
}

// Keys returns the keys that the settings describe.
func (s Settings) Keys() Keys { return Keys{Secret: []byte(s.Secret), Secure: s.Secure} }

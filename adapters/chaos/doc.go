// Package chaos breaks the system while clients trade, and then audits it.
//
// Its tests kill the services' processes and take away what they stand on. They are short by default; CHAOS=full,
// which is `make chaos`, runs them for as long and as often as the guarantees say.
package chaos

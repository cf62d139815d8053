// Package chaos breaks the system while people use it, and then counts the money.
//
// Its tests run the services as processes of their own, kill them, take away what they stand on, and
// check at the end that every invariant of the contract holds. They are short by default; CHAOS=full, which
// is `make chaos`, runs them for as long and as often as the promises say.
package chaos

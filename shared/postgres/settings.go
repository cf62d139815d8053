package postgres

// Settings are what a service needs to know of its database.
type Settings struct {
	URL string `env:"DATABASE_URL" required:"true" secret:"true" reaches:"postgres" example:"postgres://127.0.0.1:5432/ticketing"` // postgres://…, with pgx's own parameters such as pool_max_conns; where that is a pooler (pgbouncer), after a space the server's own, for migrations and LISTEN
}

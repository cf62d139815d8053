package postgres

// Settings are what a service needs to know of its database.
type Settings struct {
	URL string `env:"DATABASE_URL,required"` // postgres://…, with pgx's own parameters such as pool_max_conns
}

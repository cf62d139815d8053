package redistest_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/embedded/redistest"
)

func TestServersAreEmptyAndApart(t *testing.T) {
	t.Parallel()
	for range 3 {
		options, err := redis.ParseURL(redistest.Server(t).URL())
		if err != nil {
			t.Fatal(err)
		}
		c := redis.NewClient(options)
		if size, err := c.DBSize(t.Context()).Result(); err != nil || size != 0 {
			t.Errorf("a fresh server holds %d keys, %v", size, err)
		}
		if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

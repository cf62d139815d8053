package tickets_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// BenchmarkMillion lists a million tickets, of which a third are held, as a client sees it. It reports the median.
func BenchmarkMillion(b *testing.B) {
	f := limited(b, "1", "1")
	f.execute(`DROP INDEX tickets_search`)
	f.execute(`INSERT INTO tickets (title, price, user_id, order_id)
		SELECT (ARRAY['Opera','Ballet','Rock concert','Jazz in the park','Cup final','Symphony No. 9','Comedy night','Die Zauberflöte','Flamenco evening','Open-air cinema'])[1 + i * 7 % 10]
			|| ', ' || (ARRAY['north stand','south stand','balcony','stalls','front row','standing','Elektrizitätswerk'])[1 + i * 11 % 7]
			|| ', ' || (ARRAY['Rome','Madrid','Berlin','Paris','London'])[1 + i * 5 / 3 % 5] || ' ' || left(md5(i::text), 6)
			|| CASE WHEN i % 200000 = 7 THEN ' unicorn' WHEN i % 2000 = 7 THEN ' griffin' ELSE '' END,
			1000, CASE WHEN i < 500000 AND i % 2 = 0 THEN 1 ELSE 2 + i % 5000 END, CASE WHEN i % 3 = 0 THEN i END FROM generate_series(1, 1000000) i`)
	f.execute(`CREATE INDEX tickets_search ON tickets USING gin (search gin_trgm_ops) WITH (gin_pending_list_limit = 512)`)
	f.execute(`VACUUM ANALYZE tickets`)
	for _, query := range []string{
		"", "?after=1000", "?after=500000&limit=20", "?userId=1", "?userId=1&after=1000", "?userId=77", "?available=true", "?available=true&after=300000", "?userId=1&available=true",
		"?q=unicorn", "?q=griffin", "?q=opera", "?q=elektrizitat", "?q=opera+north+rome", "?q=nothing", "?q=opera+nothing+like+it", "?q=griffin+zauberflote+berlin",
		"?q=opera+zauberflote", "?q=z", "?q=zq", "?q=%F0%9F%8E%AB", "?q=griffin&userId=1", "?q=opera&after=400000", "?q=the+in+a+o+e+i+r+n+s+t",
	} {
		b.Run("tickets"+query, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				begun := time.Now()
				functiontest.Parse[[]event.Ticket](b, f.Send(http.MethodGet, "/api/tickets"+query, "", nil), 200)
				took = append(took, time.Since(begun))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
			b.ReportMetric(float64(took[0].Microseconds())/1000, "least-ms")
		})
	}
}

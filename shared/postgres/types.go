package postgres

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

// readOwnTypes has a connection read this system's own types as quickly as Go's: pgx knows them no better than by reflection, and by
// database/sql, for each value of each row.
func readOwnTypes(types *pgtype.Map) {
	types.TryWrapScanPlanFuncs = append([]pgtype.TryWrapScanPlanFunc{planCents, planTime, planID}, types.TryWrapScanPlanFuncs...)
}

// plan reads a value of a type as what next reads.
type plan struct {
	next pgtype.ScanPlan
	scan func(next pgtype.ScanPlan, src []byte, dst any) error
}

func (p *plan) SetNext(next pgtype.ScanPlan) { p.next = next }

func (p *plan) Scan(src []byte, dst any) error { return p.scan(p.next, src, dst) }

func planCents(target any) (pgtype.WrappedScanPlanNextSetter, any, bool) {
	if _, ok := target.(*money.Cents); !ok {
		return nil, nil, false
	}
	return &plan{scan: scanCents}, (*int64)(nil), true
}

func scanCents(next pgtype.ScanPlan, src []byte, dst any) error {
	return next.Scan(src, (*int64)(dst.(*money.Cents))) //nolint:forcetypeassert // pgx asks for plans by type
}

func planTime(target any) (pgtype.WrappedScanPlanNextSetter, any, bool) {
	if _, ok := target.(*timestamp.Time); !ok {
		return nil, nil, false
	}
	return &plan{scan: scanTime}, (*time.Time)(nil), true
}

func scanTime(next pgtype.ScanPlan, src []byte, dst any) error {
	t := dst.(*timestamp.Time) //nolint:forcetypeassert // pgx asks for plans by type
	if src == nil {
		*t = timestamp.Time{}
		return nil
	}
	if err := next.Scan(src, &t.Time); err != nil {
		return err
	}
	*t = timestamp.Of(t.Time)
	return nil
}

// planID is for numbers that may be missing, such as the order that holds a ticket.
func planID(target any) (pgtype.WrappedScanPlanNextSetter, any, bool) {
	if _, ok := target.(**int32); !ok {
		return nil, nil, false
	}
	return &plan{scan: scanID}, (*int32)(nil), true
}

func scanID(next pgtype.ScanPlan, src []byte, dst any) error {
	id := dst.(**int32) //nolint:forcetypeassert // pgx asks for plans by type
	if src == nil {
		*id = nil
		return nil
	}
	*id = new(int32)
	return next.Scan(src, *id)
}

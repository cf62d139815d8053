package postgres

import "reflect"

// Columns returns the parameters of a statement that takes many rows by unnest: one array for each column. Values returns those of a row,
// which are of the same types for each.
func Columns[T any](rows []T, values func(T) []any) []any {
	var columns []reflect.Value
	for i, row := range rows {
		for j, v := range values(row) {
			if i == 0 {
				columns = append(columns, reflect.MakeSlice(reflect.SliceOf(reflect.TypeOf(v)), len(rows), len(rows)))
			}
			columns[j].Index(i).Set(reflect.ValueOf(v))
		}
	}
	all := make([]any, len(columns))
	for j, c := range columns {
		all[j] = c.Interface()
	}
	return all
}

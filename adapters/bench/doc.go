// Package bench measures the whole system beside floors: what the same work costs with nothing of ours.
//
// Its promises: the programs are those of users, each a process, on PostgreSQL with its defaults and fsync on, a broker and a Redis, each
// a process, too; a figure is the median of several rounds; its cost is the processor time of all those processes, until all that the
// requests cause is done; the floors are measured in the same run, on the same server.
//
// `make bench` runs every row and writes TABLE.md; BENCH='create order' chooses rows, by a regular expression, and BENCHTIME=1s shortens
// each round. `make bench-compare BASE=<commit>` measures this tree and that commit in turns. Without BENCH the test is short: it looks
// whether each row yields a figure, and judges no time.
package bench

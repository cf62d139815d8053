package lambdatest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const (
	functionARN  = "arn:aws:lambda:eu-central-1:123456789012:function:"
	sweepRole    = "arn:aws:iam::123456789012:role/ticketing-sweeps"
	schedulerURL = "scheduler:///ticketing?role=" + sweepRole + "&target=" + functionARN + "{schedule}"
)

// plan notes that a schedule is to run once.
func (p *Topic) plan(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		GroupName, ScheduleExpression, ActionAfterCompletion string
		Target                                               struct{ Arn, RoleArn, Input string }
	}
	err := json.NewDecoder(r.Body).Decode(&asked)
	name := strings.TrimPrefix(r.URL.Path, "/schedules/")
	if p.refuses(w, r, "scheduler:CreateSchedule", "arn:aws:scheduler:eu-central-1:123456789012:schedule/"+asked.GroupName+"/"+name) || p.refuses(w, r, "iam:PassRole", asked.Target.RoleArn) {
		return
	}
	schedule, isFunction := strings.CutPrefix(asked.Target.Arn, functionARN+p.prefix)
	if err != nil || r.Method != http.MethodPost || !isFunction || p.functions[schedule] == nil || asked.GroupName != p.group || !p.runs(asked.Target.RoleArn, asked.Target.Arn) ||
		!strings.HasPrefix(asked.ScheduleExpression, "at(") || asked.Target.Input != fmt.Sprintf(`{"schedule":%q}`, schedule) {
		p.t.Errorf("Scheduler was asked for %+v, %v", asked, err)
	}
	p.planned.Store(schedule, asked.ScheduleExpression)
	_, _ = io.WriteString(w, `{"ScheduleArn":"arn"}`)
}

// RunPlanned runs what was ever planned, whenever that is. Errors: it fails.
func (p *Topic) RunPlanned() (err error) {
	p.planned.Range(func(schedule, _ any) bool {
		err = p.tick(schedule.(string))
		return err == nil
	})
	return err
}

// Rest runs what is planned, each run in a new environment, until nothing is, but for what such a run, which comes before its time, plans again
// for the same moment. Errors: one fails; there is no end.
func (p *Topic) Rest() error {
	ran := map[string]string{}
	planned := map[string]string{}
	for range 5 {
		clear(planned)
		p.planned.Range(func(schedule, at any) bool {
			if ran[schedule.(string)] != at {
				planned[schedule.(string)] = at.(string)
			}
			return true
		})
		if len(planned) == 0 {
			return nil
		}
		for schedule, at := range planned {
			ran[schedule] = at
			p.planned.Delete(schedule)
			p.functions[schedule].Kill() // it remembers what it has planned
			if err := p.tick(schedule); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("something is always planned: %v", planned)
}

func (p *Topic) tick(schedule string) error {
	if done := p.functions[schedule].Invoke(fmt.Appendf(nil, `{"schedule":%q}`, schedule)); done.Failed {
		return fmt.Errorf("%s: %s", schedule, done.Data)
	}
	return nil
}

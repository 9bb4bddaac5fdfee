package crew

import (
	"encoding/json"
	"io"
	"math"
	"sync"
	"time"

	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// stepsApart is how long the process of a run tells nothing of its steps.
const stepsApart = 100 * time.Millisecond

// message is a line that the process of a run writes: what its progress is told, and last its answer. One field is set.
type message struct {
	Begin      *begin   `json:"begin,omitempty"`
	Step       *step    `json:"step,omitempty"`
	Evaluating bool     `json:"evaluating,omitempty"`
	Results    *results `json:"results,omitempty"`
	End        *answer  `json:"end,omitempty"`
	Data       *amount  `json:"data,omitempty"`
	Answer     *answer  `json:"answer,omitempty"`
}

type (
	begin struct {
		Run   string `json:"run"`
		Steps int    `json:"steps"`
		Total int    `json:"total"`
	}
	step struct {
		Step int     `json:"step"`
		Loss float64 `json:"loss"`
	}
	results struct {
		Step       int    `json:"step"`
		Accuracies string `json:"accuracies"`
	}
	amount struct {
		What  string `json:"what"`
		Done  int64  `json:"done"`
		Total int64  `json:"total"`
	}
)

// Reporter is the progress of a process that makes a run for another one, which it tells what it is told.
type Reporter struct {
	mu    sync.Mutex
	out   *json.Encoder
	told  time.Time // of a step
	total int       // steps of the run
}

var (
	_ experiment.Progress    = (*Reporter)(nil)
	_ experiment.RunProgress = (*Reporter)(nil)
)

// NewReporter returns one that writes to the other process.
func NewReporter(out io.Writer) *Reporter { return &Reporter{out: json.NewEncoder(out)} }

// tell writes a message. Whoever can't be told any more has closed its end, and ends this process by that.
func (r *Reporter) tell(m message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.out.Encode(m)
}

// Begin implements [experiment.Progress].
func (r *Reporter) Begin(run string, steps, total int) experiment.RunProgress {
	r.total = total
	r.tell(message{Begin: &begin{Run: run, Steps: steps, Total: total}})
	return r
}

// Step implements [experiment.RunProgress]: it tells of the last step, and of others now and then.
func (r *Reporter) Step(n int, loss float64) {
	now := time.Now()
	if (n < r.total && now.Sub(r.told) < stepsApart) || math.IsNaN(loss) || math.IsInf(loss, 0) {
		return
	}
	r.told = now
	r.tell(message{Step: &step{Step: n, Loss: loss}})
}

// Evaluating implements [experiment.RunProgress].
func (r *Reporter) Evaluating() { r.tell(message{Evaluating: true}) }

// Results implements [experiment.RunProgress].
func (r *Reporter) Results(step int, accuracies string) {
	r.tell(message{Results: &results{Step: step, Accuracies: accuracies}})
}

// End implements [experiment.RunProgress].
func (r *Reporter) End(err error) {
	a := answerOf(err)
	r.tell(message{End: &a})
}

// Data tells how far a download or an index of files is.
func (r *Reporter) Data(what string, done, total int64) {
	r.tell(message{Data: &amount{What: what, Done: done, Total: total}})
}

// follow shows what the process of a run tells, until it answers. The error is that of a process that ended before.
func (c *Crew) follow(from *json.Decoder) (a answer, err error) {
	var run experiment.RunProgress
	defer func() {
		if run != nil { // it did not come to its end
			run.End(err)
		}
	}()
	for {
		var m message
		if err := from.Decode(&m); err != nil {
			return a, err
		}
		switch {
		case m.Answer != nil:
			return *m.Answer, nil
		case m.Data != nil && c.Data != nil:
			c.Data(m.Data.What, m.Data.Done, m.Data.Total)
		case m.Begin != nil && c.Progress != nil:
			run = c.Progress.Begin(m.Begin.Run, m.Begin.Steps, m.Begin.Total)
		case run == nil:
		case m.Step != nil:
			run.Step(m.Step.Step, m.Step.Loss)
		case m.Evaluating:
			run.Evaluating()
		case m.Results != nil:
			run.Results(m.Results.Step, m.Results.Accuracies)
		case m.End != nil:
			run.End(m.End.err())
			run = nil
		}
	}
}

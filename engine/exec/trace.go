package exec

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// maxEvents bounds the events kept for Chrome's trace viewer; the table goes on.
const maxEvents = 200_000

// trace collects the time of every step. A nil trace does nothing.
type trace struct {
	path  string
	start time.Time

	mu      sync.Mutex
	written time.Time
	lanes   []bool // those in use: one for each execution that runs at this time
	totals  map[string]*total
	events  []event
}

// total is a line of the table. The first execution of each program is apart, as it waits for memory that it is the
// first to touch.
type total struct {
	key         string
	first, rest sum
}

// sum adds up calls of an op.
type sum struct {
	calls int
	time  time.Duration
	flops float64
}

// shown returns what the line tells of: of an op that was not executed again, the first execution.
func (t *total) shown() sum {
	if t.rest.calls == 0 {
		return t.first
	}
	return t.rest
}

// event is one complete event ("ph": "X") of Chrome's trace format; times are in microseconds.
type event struct {
	Name  string         `json:"name"`
	Phase string         `json:"ph"`
	TS    float64        `json:"ts"`
	Dur   float64        `json:"dur"`
	PID   int            `json:"pid"`
	TID   int            `json:"tid"`
	Args  map[string]any `json:"args,omitempty"` // "flops" of ops that have some
}

// newTrace creates the files, so that a path that cannot be written is an error now.
func newTrace(path string) (*trace, error) {
	now := time.Now()
	t := &trace{path: path, start: now, written: now, totals: map[string]*total{}, events: []event{}}
	if err := t.save(); err != nil {
		return nil, fmt.Errorf("engine trace: %w", err)
	}
	return t, nil
}

// record is the part of a trace that one execution writes.
type record struct {
	trace *trace
	prog  *Program
	first bool // execution of the program
	lane  int
	begun time.Time
	marks []time.Time
}

func (t *trace) begin(p *Program) *record {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	lane := slices.Index(t.lanes, false)
	if lane < 0 {
		lane, t.lanes = len(t.lanes), append(t.lanes, false)
	}
	t.lanes[lane] = true
	first := !p.traced
	p.traced = true
	return &record{
		trace: t, prog: p, first: first, lane: lane, begun: time.Now(), marks: make([]time.Time, 0, len(p.plan.Steps)),
	}
}

// step notes that step number n has just ended.
func (r *record) step(int) {
	if r != nil {
		r.marks = append(r.marks, time.Now())
	}
}

// end adds the execution to the trace, and rewrites the files if a second has passed.
func (r *record) end() {
	if r == nil {
		return
	}
	t := r.trace
	t.mu.Lock()
	defer t.mu.Unlock()
	from := r.begun
	for i, to := range r.marks {
		n := r.prog.plan.Steps[i].Node
		key := describe(n)
		if t.totals[key] == nil {
			t.totals[key] = &total{key: key}
		}
		work := flops(n)
		t.totals[key].add(r.first, to.Sub(from), work)
		if len(t.events) < maxEvents {
			e := event{Name: key, Phase: "X", PID: 1, TID: r.lane + 1, TS: micros(from.Sub(t.start)), Dur: micros(to.Sub(from))}
			if work > 0 {
				e.Args = map[string]any{"flops": work}
			}
			t.events = append(t.events, e)
		}
		from = to
	}
	t.lanes[r.lane] = false
	if time.Since(t.written) > time.Second {
		t.written = time.Now()
		t.report(t.save())
	}
}

// add counts one call.
func (t *total) add(first bool, d time.Duration, flops float64) {
	s := &t.rest
	if first {
		s = &t.first
	}
	s.calls, s.time, s.flops = s.calls+1, s.time+d, s.flops+flops
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// describe names a step: its op and the shapes of what it reads and writes.
func describe(n *ir.Node) string {
	var b strings.Builder
	b.WriteString(n.Op.String())
	if d, ok := n.Attrs.(fmt.Stringer); ok {
		fmt.Fprintf(&b, "{%s}", d)
	}
	list := func(vs []*ir.Value) {
		for i, v := range vs {
			if i == 4 {
				fmt.Fprintf(&b, " and %d more", len(vs)-i)
				break
			}
			fmt.Fprintf(&b, " %s", v.Shape)
		}
	}
	list(n.Inputs)
	b.WriteString(" →")
	list(n.Outputs)
	return b.String()
}

// write saves what was traced.
func (t *trace) write() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report(t.save())
}

func (t *trace) report(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "engine: trace not written: %v\n", err)
	}
}

func (t *trace) save() error {
	events, err := json.Marshal(t.events)
	if err != nil {
		return err
	}
	if err := os.WriteFile(t.path+".json", events, 0o644); err != nil {
		return err
	}
	return os.WriteFile(t.path, []byte(t.table()), 0o644)
}

// table lists the steps by their time, with the speed of those that are made of products, and the time of the first
// executions, which are not in the other columns if there were more.
func (t *trace) table() string {
	totals := slices.SortedFunc(maps.Values(t.totals), func(a, b *total) int {
		return cmp.Or(cmp.Compare(b.shown().time, a.shown().time), cmp.Compare(a.key, b.key))
	})
	var all time.Duration
	for _, x := range totals {
		all += x.shown().time
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "total\tshare\tcalls\tmean\tGFLOPS\tfirst\t\n")
	for _, x := range totals {
		s, speed := x.shown(), ""
		if s.flops > 0 {
			speed = fmt.Sprintf("%.1f", s.flops/float64(max(1, s.time)))
		}
		fmt.Fprintf(w, "%v\t%.1f%%\t%d\t%v\t%s\t%v\t %s\n", s.time.Round(time.Microsecond),
			100*float64(s.time)/float64(max(1, all)), s.calls,
			(s.time / time.Duration(s.calls)).Round(time.Microsecond/10), speed, x.first.time.Round(time.Microsecond), x.key)
	}
	_ = w.Flush()
	return b.String()
}

package stress

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// crowd is several workers that are treated badly.
type crowd struct {
	t                            *testing.T
	folder, queue, shared        string
	random                       *rand.Rand
	workers                      []*exec.Cmd
	begun                        time.Time
	made                         int
	kills, stops, full, restarts int
}

func newCrowd(t *testing.T, folder, queue, shared string, workers int) *crowd {
	c := &crowd{
		t: t, folder: folder, queue: queue, shared: shared, random: rand.New(rand.NewPCG(1, 16)), begun: time.Now(),
	}
	for range workers {
		c.workers = append(c.workers, c.start(false))
	}
	t.Cleanup(c.end)
	return c
}

// suffer treats the workers badly until most of so many runs are done, and waits until all are.
func (c *crowd) suffer(runs int, restart func()) {
	trouble := true
	for round := 1; ; round++ {
		time.Sleep(time.Duration(300+c.random.IntN(2000)) * time.Millisecond)
		status := succeed(c.t, c.folder, "sweep", "status", "s", "--queue", c.queue)
		found := doneRuns.FindStringSubmatch(status)
		done := 0
		if found != nil {
			done, _ = strconv.Atoi(found[1])
		}
		switch {
		case done == runs:
			return
		case trouble && (round <= times(2, 40) || done < runs*times(0, 9)/10):
			c.hurt(restart)
		case trouble:
			trouble = false
			c.replaceAll()
		}
		if c.begun.Add(time.Duration(times(4, 60)) * time.Minute).Before(time.Now()) {
			c.t.Fatalf("the sweep does not end:\n%s\n%s", status, c.logs())
		}
	}
}

// doneRuns is in the first line of kontrast sweep status.
var doneRuns = regexp.MustCompile(`(?m)^\d+ runs.*?, (\d+) done`)

// replaceAll ends all workers and starts others, on disks with room.
func (c *crowd) replaceAll() {
	workers := len(c.workers)
	c.end()
	for range workers {
		c.workers = append(c.workers, c.start(false))
	}
}

// start starts a worker with a name and folders of its own, on a small disk if that is asked for and can be had.
func (c *crowd) start(small bool) *exec.Cmd {
	c.made++
	own := filepath.Join(c.folder, fmt.Sprintf("host-%d", c.made))
	local := filepath.Join(own, "local")
	if err := os.MkdirAll(local, 0o755); err != nil {
		c.t.Fatal(err)
	}
	if small && fillDisk(c.t, local, 100_000+c.random.IntN(900_000)) {
		c.full++
	}
	worker := self(c.t, own, "worker", "--queue", c.queue, "--shared", c.shared, "--local", local,
		"--name", filepath.Base(own), "--slots", "2")
	log, err := os.Create(filepath.Join(own, "log"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	worker.Stdout, worker.Stderr = log, log
	if err := worker.Start(); err != nil {
		c.t.Fatal(err)
	}
	return worker
}

// hurt kills a worker, or stops it for up to longer than its leases last, or restarts the database.
// In the place of a killed one comes another, whose disk may be small.
func (c *crowd) hurt(restart func()) {
	at := c.random.IntN(len(c.workers))
	switch which := c.random.IntN(6); {
	case which == 0 && restart != nil:
		c.restarts++
		restart()
	case which <= 2:
		c.stops++
		stopped := c.workers[at].Process
		_ = stopped.Signal(syscall.SIGSTOP)
		time.AfterFunc(time.Duration(1+c.random.IntN(20))*time.Second, func() { _ = stopped.Signal(syscall.SIGCONT) })
	default:
		c.kills++
		_ = c.workers[at].Process.Kill()
		_ = c.workers[at].Wait()
		c.workers[at] = c.start(c.random.IntN(3) == 0)
	}
}

// end interrupts the workers and waits for them.
func (c *crowd) end() {
	for _, worker := range c.workers {
		_ = worker.Process.Signal(syscall.SIGCONT)
		_ = worker.Process.Signal(os.Interrupt)
	}
	for _, worker := range c.workers {
		_ = worker.Wait()
	}
	c.workers = nil
}

func (c *crowd) logs() string {
	var all strings.Builder
	paths, _ := filepath.Glob(filepath.Join(c.folder, "host-*", "log"))
	for _, path := range paths {
		text, _ := os.ReadFile(path)
		fmt.Fprintf(&all, "== %s\n%s\n", filepath.Base(filepath.Dir(path)), text)
	}
	return all.String()
}

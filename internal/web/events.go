package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// progress is how far a run is.
type progress struct {
	Run   int64  `json:"run"`
	State string `json:"state"`
	Step  int64  `json:"step"`
}

// events tells a page, by server-sent events, when the database has changed,
// and how far its newest runs are. The database is polled, so that runs of
// other processes show.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	poll := s.Poll
	if poll == 0 {
		poll = time.Second
	}
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	last, quiet := "", 0
	for {
		rows, err := query(r.Context(), s.Store, "SELECT run, state, step FROM run_overview ORDER BY run DESC LIMIT 300")
		if err != nil {
			return
		}
		runs := []progress{}
		for _, row := range rows {
			runs = append(runs, progress{whole(row[0]), text(row[1]), whole(row[2])})
		}
		message, err := json.Marshal(runs)
		if err != nil {
			return
		}
		quiet++
		switch now := string(message); {
		case now != last:
			last, quiet = now, 0
			fmt.Fprintf(w, "data: %s\n\n", message)
		case quiet%15 == 0:
			fmt.Fprint(w, ": still here\n\n")
		}
		if control.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
}

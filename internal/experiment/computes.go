package experiment

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/internal/backend"
)

// computesOn refuses work of a run whose numbers are those of another backend
// than this process has.
func (r *Runner) computesOn(wanted string) error {
	wanted, has := backend.Kind(wanted), backend.Kind(r.On.Kind)
	if wanted == has {
		return nil
	}
	return refusal{fmt.Errorf("the run is one of backend %s, and this process computes on %s: a run's numbers are all of one",
		wanted, has), "give --backend " + wanted}
}

// OneBackend refuses a study whose grid varies the backend: a process computes on one.
func (s *Study) OneBackend() error {
	for _, plan := range s.Plans {
		if first := s.Plans[0].Spec.Backend; plan.Spec.Backend != first {
			return refusal{fmt.Errorf("the grid has runs of several backends, %s and %s: a process computes on one",
				first, plan.Spec.Backend),
				"make a comparison for each, with the same --study: kontrast compare --backend NAME --study STUDY"}
		}
	}
	return nil
}

package experiment

// refusal is an error with what to do about it.
type refusal struct {
	error
	hint string
}

// Hint says what to do.
func (r refusal) Hint() string { return r.hint }

func (r refusal) Unwrap() error { return r.error }

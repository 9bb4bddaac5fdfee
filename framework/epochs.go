package framework

// EpochMethod is implemented by methods that do something between two epochs, such
// as clustering what they have remembered. It happens before the first step of
// every epoch but the first, in a graph of its own.
type EpochMethod interface {
	// BetweenEpochs changes what the method keeps between steps. The step that it
	// gets has no batch: no views, indices or labels.
	BetweenEpochs(s *Step)
}

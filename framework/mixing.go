package framework

// Mixing says how the hooks of a method go together with those of others, as in
// the mix "byol+negatives=mocov2+loss=simclr". Hooks that are mixed keep to their
// arguments: Negatives and Loss work with any pairs of embeddings [N, D] that
// they are given, and with nothing that another hook of their method has put
// aside by [Step.Keep]. Where the method has queues, banks or prototypes, D is
// the hyperparameter that configurations call output_dim; a mix sets it to the
// width of its positives.
//
// The zero value is that of a method without negatives, whose embeddings are
// compared as they are and whose Update has nothing to do, as SimSiam's.
type Mixing struct {
	// UnitPairs says that anchors and positives have length 1.
	UnitPairs bool
	// UnitLoss says that the loss is made for such vectors: others are normalized for it.
	UnitLoss bool
	// Contrasts says that the method has negatives, and that its loss needs some.
	Contrasts bool
	// OwnLossOnly says that the loss fits no pairs and negatives but the method's
	// own; they may still go to the losses of others.
	OwnLossOnly bool
	// Keeps are the hooks of which Update keeps up the state: a queue that
	// Negatives reads, a momentum encoder that Positives embeds by. A mix calls
	// the Update of a method from which it has one of these.
	Keeps Hook
}

// Hook is one of the first three hooks of a method, or several: HookPositives | HookNegatives.
type Hook uint8

// The hooks that can be mixed.
const (
	HookPositives Hook = 1 << iota
	HookNegatives
	HookLoss
)

// MixChecker is implemented by hyperparameters with which a hook can't be mixed
// without another of the same method.
type MixChecker interface {
	// CheckMix reports, as [github.com/kontrast-ml/kontrast/framework/config.Faultf] does,
	// what does not fit a mix that has that hook with these hyperparameters, and all of
	// those from the method. Paths are those of the method's own section, "memory".
	CheckMix(hook, all Hook) error
}

package framework

// InterfaceVersion is the version of what authors program against: package
// kontrast, framework and its parts, backbones and methodtest. It grows with
// every change by which code that was written before no longer compiles, or
// compiles and means something else; [InterfaceChanges] lists them. What is only
// added changes nothing. A plugin says the version that it was written for, as
// a number, in kontrast.Extensions.
const InterfaceVersion = 2

// InterfaceChange is one change of what authors program against.
type InterfaceChange struct {
	Version int      // the first that has it
	Names   []string // what a compiler calls that is no more or that is different: a package, or package.Name
	What    string   // what changed, in a sentence
	Do      string   // what code that was written before has to do
}

// InterfaceChanges are the changes since a version, the oldest first; all for 0.
func InterfaceChanges(since int) []InterfaceChange {
	var later []InterfaceChange
	for _, change := range interfaceChanges {
		if change.Version > since {
			later = append(later, change)
		}
	}
	return later
}

var interfaceChanges = []InterfaceChange{
	{
		2, []string{"kontrast/framework/cli", "kontrast/framework/app"},
		"packages framework/cli and framework/app are no longer public",
		"export func Extensions() kontrast.Extensions; a program of its own calls kontrast.Main with it",
	},
	{
		2, []string{"kontrast/framework/methodtest"},
		"package framework/methodtest is package methodtest",
		"import github.com/kontrast-ml/kontrast/methodtest",
	},
	{
		2, []string{"backbones.Backbone"},
		"the type Backbone moved from package backbones to package framework",
		"write framework.Backbone",
	},
	{
		2, []string{"loss.Neighbours"},
		"names have American spelling",
		"write loss.Neighbors",
	},
	{
		2, []string{"loss.DCL", "loss.DCLW", "loss.SigLIP", "loss.SupCon", "loss.Proximal"},
		"the losses DCL, DCLW, SigLIP, SupCon and Proximal are of any anchors, positives and negatives",
		"give them the similarities that framework.Negatives makes; go doc says the arguments",
	},
	{
		2, []string{"loss.Contrast", "loss.CLIP", "loss.NNCLR", "loss.BankLogits", "loss.BankSoftmax"},
		"the losses Contrast, CLIP, NNCLR and those over a bank are framework.InfoNCE of pairs and negatives",
		"call framework.InfoNCE(pairs, negatives, temperature)",
	},
	{
		2, []string{"loss.DINO", "loss.SwAV", "loss.Swapped"},
		"the losses DINO, SwAV and Swapped are framework.Distill of pairs",
		"call framework.Distill(pairs, logits, target)",
	},
	{
		2, []string{"loss.CrossEntropyDiagonal", "loss.UpdateMaskedMean"},
		"the functions CrossEntropyDiagonal and UpdateMaskedMean, which no method used, are gone",
		"call loss.CrossEntropy with the labels 0, 1, …, and loss.UpdateMean with the rows of the masked tokens",
	},
	{
		2, []string{"data.Factors"},
		"the factors of shapes are the type data.ShapeFactors; a data set with factors implements data.Factored",
		"write data.ShapeFactors, or ask data.FactorsOf(dataset)",
	},
}

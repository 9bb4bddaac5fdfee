package swav

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature of the predictions",
			Source: "Caron et al. 2020, Appendix A: 0.1",
		},
		"epsilon": {
			Doc:    "smoothness of the codes: entropy regularization of Sinkhorn",
			Source: "Caron et al. 2020, Appendix A: 0.05",
		},
		"sinkhorn_iterations": {
			Doc:    "iterations of Sinkhorn",
			Source: "Caron et al. 2020, Appendix A: 3",
		},
		"prototypes": {
			Doc:    "number of prototypes",
			Source: "Caron et al. 2020, Appendix A: 3000; CIFAR-10: 512, lightly's benchmark",
		},
		"freeze_prototypes_epochs": {
			Doc:    "epochs for which the prototypes stand still",
			Source: "Caron et al. 2020, Appendix A: 1 (official code: 313 iterations at a batch of 4096)",
		},
		"queue": {
			Doc: "earlier embeddings a crop that the codes are balanced over besides the batch; a multiple of the " +
				"batch size, 0 for none",
			Source: "Caron et al. 2020, Appendix A: 3840 for batches of 256",
		},
		"queue_from_epoch": {
			Doc:    "epoch, counted from 0, from which the queue is filled",
			Source: "Caron et al. 2020, Appendix A: 15",
		},
		"hidden_dim": {
			Doc:    "width of the head's hidden layer",
			Source: "official code: 2048; CIFAR-10: 512, lightly's benchmark",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "Caron et al. 2020, Appendix A: 128",
		},
	}
}

package loss

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) {
	golden.Main(m,
		"loss_barlow_twins",
		"loss_byol_simsiam",
		"loss_clip",
		"loss_dcl",
		"loss_dino",
		"loss_ibot",
		"loss_instdisc_nce",
		"loss_instdisc_softmax",
		"loss_koleo",
		"loss_moco_infonce",
		"loss_mocov3",
		"loss_msn",
		"loss_nnclr",
		"loss_ntxent_memory_bank",
		"loss_ressl",
		"loss_siglip",
		"loss_supcon",
		"loss_swav_sinkhorn",
		"loss_swav_swapped",
		"loss_tico",
		"loss_vicreg",
		"loss_wmse",
		// Package optim has schedules.
		"!loss_dino/*/teacher_temp_schedule",
		"layers/softmax",
		"layers/log_softmax",
		"layers/logsumexp",
		"layers/std_sqrt_var_eps1e-4",
		"layers/cross_entropy_mean",
		"layers/cross_entropy_mean_large_logits",
	)
}

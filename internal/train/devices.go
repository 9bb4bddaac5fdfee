package train

import (
	"fmt"

	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/dtensor"
	"github.com/gomlx/gomlx/ml/model"
)

// division divides the batches of a training among the devices of its backend.
// All of them hold all variables. The graph of a step stays that of the whole
// batch, and the backend's compiler divides it: what goes over the batch, such as
// the statistics of batch normalization, negatives and queues, goes over all devices.
type division struct {
	mesh       *distributed.DeviceMesh
	rows, none *distributed.ShardingSpec // by rows of the batch, and not at all
	configured bool                      // the graph of the step is one of all devices
}

// batchAxis is the name of the axis of devices.
const batchAxis = "batch"

func newDivision(devices, batch int) (*division, error) {
	if batch%devices != 0 {
		return nil, fmt.Errorf("batches of %d can't be divided among %d devices: use a batch size that is a multiple",
			batch, devices)
	}
	mesh, err := distributed.NewDeviceMesh([]int{devices}, []string{batchAxis})
	if err != nil {
		return nil, err
	}
	rows, err := distributed.NewShardingSpec(mesh, distributed.AxisSpec{batchAxis})
	if err != nil {
		return nil, err
	}
	return &division{mesh: mesh, rows: rows, none: distributed.NewReplicatedShardingSpec(mesh)}, nil
}

func (d *division) spec(divided bool) *distributed.ShardingSpec {
	if divided {
		return d.rows
	}
	return d.none
}

// divide makes the inputs of a step those of all devices, by rows where divided says so. The first
// time it makes the graph, which is not built yet, one of all devices. Call release when the step is made.
func (d *division) divide(
	exec *model.Exec, inputs []*tensors.Tensor, divided []bool,
) (args []any, release func(), err error) {
	if !d.configured {
		specs := make([]*distributed.ShardingSpec, len(divided))
		for i := range divided {
			specs[i] = d.spec(divided[i])
		}
		exec.AutoSharding(d.mesh).WithInputShardingSpecs(specs...).WithOutputShardingSpecs(d.none)
		d.configured = true
	}
	var made []*dtensor.Tensor
	release = func() {
		for _, one := range made {
			_ = one.Finalize() // of memory that is free already
		}
	}
	for i, input := range inputs {
		one, err := dtensor.ShardTensor(d.spec(divided[i]), input)
		if err != nil {
			release()
			return nil, nil, err
		}
		made = append(made, one)
		args = append(args, one)
	}
	return args, release, nil
}

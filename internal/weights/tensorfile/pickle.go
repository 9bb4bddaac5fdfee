package tensorfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// storage is where the values of tensors lie.
type storage struct {
	dtype  DType
	key    string
	values int64 // that it has
	// Set when it is found in the file.
	from  io.ReaderAt
	start int64
}

// unpickle runs a pickle that scan has let pass. Storages are asked for by what
// torch.save leaves in their place. Nothing that the pickle names is run: what
// it names are this package's stand-ins.
func unpickle(code []byte, find func(id []any) (any, error)) (result any, err error) {
	defer func() {
		if fault := recover(); fault != nil { // the machine's, on a pickle that does not fit together
			result, err = nil, fmt.Errorf("its pickle is damaged: %v", fault)
		}
	}()
	machine := pickle.NewUnpickler(bytes.NewReader(code))
	machine.FindClass = standIn
	machine.PersistentLoad = func(id any) (any, error) {
		tuple, ok := id.(*types.Tuple)
		if !ok {
			return nil, errors.New("its pickle refers to something outside that is no storage")
		}
		return find(*tuple)
	}
	result, err = machine.Load()
	if err != nil {
		var refused refusal
		if errors.As(err, &refused) {
			return nil, err
		}
		return nil, fmt.Errorf("its pickle is damaged: %.300w", err)
	}
	return result, nil
}

// refusal is a pickle that names what is not for it to name.
type refusal struct{ error }

// class stands for a class or a function of Python that is none of the known
// ones. Objects of it keep what they are told to keep, and do nothing.
type class struct{ name string }

// object is one of a class: an argparse.Namespace, a module of TorchScript.
type object struct {
	class string
	state any
}

// PyNew makes an object without running a constructor, as the opcode NEWOBJ does.
func (c *class) PyNew(...any) (any, error) { return &object{class: c.name}, nil }

// Call is what the opcode REDUCE does, which runs functions in Python.
func (c *class) Call(...any) (any, error) {
	if harmless(c.name) {
		return &object{class: c.name}, nil
	}
	return nil, refusal{fmt.Errorf("it calls %s, which no state_dict needs; nothing was run. "+
		"Keep the tensors alone, in Python: torch.save({k: v for k, v in checkpoint['state_dict'].items()}, 'weights.pth')",
		c.name)}
}

// PySetState keeps the state of an object.
func (o *object) PySetState(state any) error {
	o.state = state
	return nil
}

// harmless are the functions and classes that are called beside tensors in
// published checkpoints: numbers of numpy, paths, devices. What they would give
// is left out.
func harmless(name string) bool {
	return slices.Contains([]string{
		"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype",
		"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct", "_codecs.encode",
		"torch.Size", "torch.device", "torch.serialization._get_layout", "pathlib.PosixPath", "pathlib.WindowsPath",
		"pathlib._local.PosixPath", "datetime.datetime", "collections.Counter", "__builtin__.set", "builtins.set",
		"__builtin__.bytearray", "builtins.bytearray", "__builtin__.slice", "builtins.slice", "builtins.complex",
		"torch._C._jit_type", "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_doublelist",
		"torch.jit._pickle.build_boollist", "torch.jit._pickle.build_tensorlist", "torch.jit._pickle.restore_type_tag",
	}, name)
}

// function is a function that is known.
type function func(args []any) (any, error)

// Call implements types.Callable.
func (f function) Call(args ...any) (any, error) { return f(args) }

// standIn is what a global of a pickle stands for.
func standIn(module, name string) (any, error) {
	full := module + "." + name
	if dtype, found := storageTypes[strings.TrimPrefix(full, "torch.cuda.")]; found {
		return dtype, nil
	}
	if dtype, found := storageTypes[full]; found {
		return dtype, nil
	}
	switch full {
	case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3":
		return function(rebuildTensor), nil
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		return function(first), nil
	case "torch.nn.parameter.Parameter", "torch.nn.Parameter", "torch.Tensor":
		return function(first), nil
	case "collections.defaultdict":
		return function(func([]any) (any, error) { return types.NewOrderedDict(), nil }), nil
	case "__builtin__.dict", "builtins.dict":
		return function(func([]any) (any, error) { return types.NewDict(), nil }), nil
	}
	return &class{full}, nil
}

// storageTypes are the classes of storages.
var storageTypes = map[string]DType{
	"torch.FloatStorage": Float32, "torch.DoubleStorage": Float64, "torch.HalfStorage": Float16,
	"torch.BFloat16Storage": BFloat16, "torch.LongStorage": Int64, "torch.IntStorage": Int32,
	"torch.ShortStorage": Int16, "torch.CharStorage": Int8, "torch.ByteStorage": UInt8, "torch.BoolStorage": Bool,
	"FloatStorage": Float32, "DoubleStorage": Float64, "HalfStorage": Float16, "BFloat16Storage": BFloat16,
	"LongStorage": Int64, "IntStorage": Int32, "ShortStorage": Int16, "CharStorage": Int8, "ByteStorage": UInt8,
	"BoolStorage": Bool,
	// Of the untyped ones a tensor says the type itself.
	"torch.storage.UntypedStorage": UInt8, "torch.UntypedStorage": UInt8,
	"torch.float32": Float32, "torch.float64": Float64, "torch.float16": Float16, "torch.bfloat16": BFloat16,
	"torch.int64": Int64, "torch.int32": Int32, "torch.int16": Int16, "torch.int8": Int8, "torch.uint8": UInt8,
	"torch.bool": Bool,
}

// first is the tensor that a parameter wraps.
func first(args []any) (any, error) {
	if len(args) == 0 {
		return nil, errors.New("a parameter without a tensor")
	}
	return args[0], nil
}

// pending is a tensor whose storage may not be found yet.
type pending struct {
	storage        *storage
	dtype          DType
	offset         int64
	shape, strides []int
}

// tensor is the tensor, once its storage is found.
func (p *pending) tensor() (*Tensor, error) {
	if p.storage.from == nil {
		return nil, fmt.Errorf("its storage %q is not in the file", p.storage.key)
	}
	values := p.storage.values
	if p.dtype != p.storage.dtype {
		values = values * sizes[p.storage.dtype] / sizes[p.dtype]
	}
	return newTensor(p.storage.from, p.storage.start, values, p.dtype, p.shape, p.strides, p.offset)
}

// rebuildTensor makes a tensor of storage, offset, shape and strides; the third
// version of PyTorch's function has the type too.
func rebuildTensor(args []any) (any, error) {
	fault := errors.New("a tensor that is not made of storage, offset, shape and strides")
	if len(args) < 4 {
		return nil, fault
	}
	from, ok := args[0].(*storage)
	offset, isInt := args[1].(int)
	shape, shaped := integers(args[2])
	strides, strided := integers(args[3])
	if !ok || !isInt || !shaped || !strided || len(shape) != len(strides) {
		return nil, fault
	}
	p := &pending{storage: from, dtype: from.dtype, offset: int64(offset), shape: shape, strides: strides}
	if len(args) > 6 {
		if dtype, given := args[6].(DType); given {
			p.dtype = dtype
		}
	}
	return p, nil
}

func integers(list any) ([]int, bool) {
	var items []any
	switch of := list.(type) {
	case *types.Tuple:
		items = *of
	case *types.List:
		items = *of
	default:
		return nil, false
	}
	out := make([]int, len(items))
	for i, item := range items {
		n, ok := item.(int)
		if !ok {
			return nil, false
		}
		out[i] = n
	}
	return out, true
}

// storageOf reads what torch.save leaves in the place of a storage: the word
// "storage", its type, its key, the device and the number of values.
func storageOf(id []any) (*storage, error) {
	fault := errors.New("a storage that is not named as torch.save does it")
	if len(id) == 0 {
		return nil, fault
	}
	if id[0] == "module" {
		return nil, refusal{errWholeModule}
	}
	if id[0] != "storage" || len(id) < 5 {
		return nil, fault
	}
	dtype, typed := id[1].(DType)
	key, named := id[2].(string)
	values, counted := id[4].(int)
	if !typed || !named || !counted || values < 0 {
		return nil, fault
	}
	return &storage{dtype: dtype, key: key, values: int64(values)}, nil
}

var errWholeModule = errors.New("it holds a whole module, whose classes are needed to read it; " +
	"save its weights alone, in Python: torch.save(torch.load('FILE', weights_only=False).state_dict(), 'weights.pth')")

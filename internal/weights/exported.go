package weights

import (
	"encoding/json"
	"strconv"

	"github.com/kontrast-ml/kontrast/internal/weights/layouts"
)

// exported is the backbone of a file that kontrast has exported, by the
// configuration of the run in its metadata; nil for any other file.
func exported(info map[string]string) *layouts.Backbone {
	var run struct{ Backbone map[string]any }
	if info["run_uuid"] == "" || json.Unmarshal([]byte(info["config"]), &run) != nil {
		return nil
	}
	name, _ := run.Backbone["name"].(string)
	if name == "" {
		return nil
	}
	delete(run.Backbone, "name")
	delete(run.Backbone, "weights")
	size, _ := strconv.Atoi(info["image_size"]) // 0 for unknown
	return &layouts.Backbone{Name: name, Params: run.Backbone, Size: size}
}

// Backbone tells which backbone the network is: of a file that kontrast has
// exported by the configuration in it, of others by the shapes.
func (s *Source) Backbone() (*layouts.Backbone, error) {
	is, err := s.Network.Backbone(s.Arrays)
	own := exported(s.Info)
	if own == nil || !s.Network.Outermost() || err == nil && is.Name != own.Name && is.Name != "vit" {
		return is, err
	}
	params := map[string]any{}
	if err == nil { // what images of a size settle, the shapes know
		for _, key := range []string{"stem", "patch_size"} {
			if value, known := is.Params[key]; known {
				params[key] = value
			}
		}
	}
	for key, value := range own.Params {
		settled := value == "auto" || key == "patch_size" && value == 0.0
		if !settled {
			params[key] = value
		}
	}
	if _, known := params["stem"]; !known && own.Params["stem"] == "auto" {
		params["stem"] = "imagenet"
		if own.Size < 64 {
			params["stem"] = "cifar"
		}
	}
	if s.Network.Scaled() {
		delete(params, "layer_scale") // the scales are in the layers before them
	}
	return &layouts.Backbone{Name: own.Name, Params: params, Size: own.Size}, nil
}

package ablate

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// grouped are settings that are one factor, by the path that theirs begins with.
var grouped = []struct{ begins, factor string }{
	{"views.", "views"},
	{"train.learning_rate.base", "learning rate"},
	{"train.learning_rate.absolute", "learning rate"},
	{"train.learning_rate.warmup_", "warm-up"},
	{"train.learning_rate.", "schedule"},
	{"train.optimizer.clip_", "gradient clipping"},
	{"train.optimizer.beta", "betas"},
}

// renamed are settings whose names say too little by themselves.
var renamed = map[string]string{
	"train.optimizer.name":      "optimizer",
	"train.optimizer.momentum":  "momentum of SGD",
	"train.optimizer.trust":     "trust of LARS",
	"train.optimizer.decay_all": "what is decayed",
	"method.output_dim":         "width of embeddings",
	"method.hidden_dim":         "width of the head",
	"method.queue":              "length of the queue",
	"method.batch_norm_splits":  "splits of batch norm",
	"train.batch_size":          "batch size",
}

// nameOf is the name of the factor that a setting belongs to.
func nameOf(path string) string {
	if name, found := renamed[path]; found {
		return name
	}
	for _, group := range grouped {
		if strings.HasPrefix(path, group.begins) {
			return group.factor
		}
	}
	section, rest, _ := strings.Cut(path, ".")
	words := strings.NewReplacer("_", " ", ".", " ").Replace(rest)
	switch section {
	case "backbone":
		return "backbone " + words
	case "train":
		words = strings.TrimPrefix(words, "optimizer ")
	}
	return words
}

// headKeys are the hyperparameters that say what a method's head is made of.
var headKeys = []string{
	"output_dim", "hidden_dim", "head_layers", "projector_layers", "predictor_dim", "bottleneck_dim",
	"head_bias", "output_bias", "batch_norm", "predictor_norm",
}

// level says in words what some settings are.
func level(of settings, paths []string) string {
	var words []string
	for _, path := range paths {
		value := of.get(path)
		if value == nil {
			continue
		}
		said := strings.Trim(text(value), `"`)
		if number, ok := value.(json.Number); ok {
			said = rounded(number)
		}
		if len(paths) > 1 {
			said = path[strings.LastIndex(path, ".")+1:] + "=" + said
		}
		words = append(words, said)
	}
	switch {
	case len(words) > 0:
		return strings.Join(words, " ")
	case of.get("backbone.name") != nil && strings.HasPrefix(paths[0], "backbone."):
		return "the default" // which is not written
	}
	return "none"
}

// rounded is a number in at most four digits, unless it is a whole one.
func rounded(number json.Number) string {
	x, err := number.Float64()
	if err != nil || x == math.Trunc(x) {
		return number.String()
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// scheduleLevel leaves out what the schedule has no use for.
func scheduleLevel(of settings, paths []string) string {
	kind, _ := of.get("train.learning_rate.schedule").(string)
	said := kind
	if milestones, _ := of.get("train.learning_rate.milestones").([]any); kind == "step" && len(milestones) > 0 {
		said += " at epochs " + strings.Trim(strings.ReplaceAll(text(milestones), ",", ", "), "[]")
	}
	for _, path := range paths {
		key := path[strings.LastIndex(path, ".")+1:]
		if !slices.Contains([]string{"schedule", "milestones", "factor"}, key) {
			said += fmt.Sprintf(", %s %s", strings.ReplaceAll(key, "_", " "), strings.Trim(text(of.get(path)), `"`))
		}
	}
	return said
}

// and joins names in words.
func and(names ...string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

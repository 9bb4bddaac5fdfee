// Package config reads, checks and describes configuration.
//
// A configuration is a plain Go struct. The values it holds are the defaults,
// its tags say what is allowed, and a table what it means:
//
//	type Params struct {
//		Temperature float64       `yaml:"temperature" range:"(0,inf)"`
//		Pooling     string        `yaml:"pooling" oneof:"token,mean"`
//		Patience    time.Duration `yaml:"patience" range:"[0s,24h]"`
//		Clip        *float64      `yaml:"clip" range:"(0,inf)"`
//		Projector   Projector     `yaml:"projector"`
//	}
//
//	func (Params) Docs() config.Docs {
//		return config.Docs{
//			"temperature": {Doc: "softmax temperature", Source: "Chen et al. 2020, §5.1"},
//			"clip":        {Doc: "largest gradient norm; null for no clipping"},
//			…
//		}
//	}
//
// Where there are few and short ones, the tags doc and source do instead.
//
// A field may be a boolean, an integer, a float, a string, a time.Duration, a
// struct, a slice or an array, a map with string keys, a pointer to any of
// these (nil when not given), a [Choice] or a [Grid]. An embedded struct with
// `yaml:",inline"` lends its keys to its parent. Floats are finite: a pointer
// says "none", infinity does not. The range and oneof tags of a list or a map
// hold for each of its elements.
//
// From that one struct come the strict decoder ([Decode]), which reports every
// fault of a file at once with its line; the documentation ([Describe],
// [Markdown]); a commented file to start from ([Skeleton]); a JSON Schema for
// editors ([Schema]); and the form that is hashed and stored ([Canonical],
// [Hash]).
//
// The package knows no key by name. What a section means, and which names a
// [Choice] has, its users say.
package config

package config

import "testing"

func TestOver(t *testing.T) {
	parse := func(text string) *Document {
		t.Helper()
		doc, err := Parse("test.yml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	const base = "method: {name: moco, queue: 64}\nbackbone: {name: vit, heads: 3}\ntrain: {epochs: 9, steps: [1, 2]}\nviews: {size: 4}\n"
	for _, test := range []struct{ what, over, want string }{
		{
			"nothing", "",
			`{"backbone":{"heads":3,"name":"vit"},"method":{"name":"moco","queue":64},"train":{"epochs":9,"steps":[1,2]},"views":{"size":4}}`,
		},
		{"values, lists and new keys", "train: {epochs: 1, steps: [3]}\nseed: 2\n",
			`{"backbone":{"heads":3,"name":"vit"},"method":{"name":"moco","queue":64},"seed":2,"train":{"epochs":1,"steps":[3]},"views":{"size":4}}`},
		{"a choice's short form of the same name", "method: moco\nbackbone: {heads: 6}\n",
			`{"backbone":{"heads":6,"name":"vit"},"method":{"name":"moco","queue":64},"train":{"epochs":9,"steps":[1,2]},"views":{"size":4}}`},
		{"a choice of another name", "backbone: resnet\nmethod: {name: byol, tau: 1}\n",
			`{"backbone":"resnet","method":{"name":"byol","tau":1},"train":{"epochs":9,"steps":[1,2]},"views":{"size":4}}`},
		{"a short form over a choice without a name", "views: small\n",
			`{"backbone":{"heads":3,"name":"vit"},"method":{"name":"moco","queue":64},"train":{"epochs":9,"steps":[1,2]},` +
				`"views":{"name":"small","size":4}}`},
	} {
		below := parse(base)
		got := parse(test.over).Over(below, "method", "backbone", "views")
		if text := string(got.root.json()); text != test.want {
			t.Errorf("%s: %s\nwant %s", test.what, text, test.want)
		}
		if text := string(below.root.json()); text != string(parse(base).root.json()) {
			t.Errorf("%s: the base has become %s", test.what, text)
		}
	}
}

package config

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	known := []string{"simclr", "moco", "mocov2", "byol", "weight_decay", "temperature", "lr", "fashion-mnist", "k",
		"resnet18", "resnet34"}
	for name, want := range map[string]string{
		"simcrl": "simclr", "SimCLR": "simclr", "sim_clr": "simclr", "mcoo": "moco", "mocov3": "mocov2",
		"weightdecay": "weight_decay",
		"temprature":  "temperature", "temp": "temperature", "rl": "lr", "l": "", "K": "k", "fmnist": "",
		"fashionmnist": "fashion-mnist",
		"resnet81":     "resnet18", "resnet": "resnet18", "": "", "dino": "", "queue": "", "moc": "moco",
	} {
		got, ok := Nearest(name, known)
		if got != want || ok != (want != "") {
			t.Errorf("the nearest of %q is %q (%v), expected %q", name, got, ok, want)
		}
	}
	if got, ok := Nearest("x", nil); ok {
		t.Errorf("the nearest of nothing is %q", got)
	}
}

func TestAFamilyNameSuggestsAllOfTheFamily(t *testing.T) {
	got := Unknown("method", "moco", []string{"simclr", "mocov1", "mocov2", "mocov3"})
	want :=
		`unknown method "moco"; did you mean one of mocov1, mocov2, mocov3? known methods: simclr, mocov1, mocov2, mocov3`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}, {"héllo", "hello", 1},
		{"abcd", "badc", 2}} {
		if got := distance([]rune(test.a), []rune(test.b)); got != test.want {
			t.Errorf("%q to %q is %d, expected %d", test.a, test.b, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SliceOfN(rapid.RuneFrom([]rune("abc")), 0, 8)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := distance(a, b)
		if d != distance(b, a) || (d == 0) != (string(a) == string(b)) || d > max(len(a), len(b)) ||
			d < max(len(a)-len(b), len(b)-len(a)) {
			t.Errorf("%q to %q is %d", string(a), string(b), d)
		}
	})
}

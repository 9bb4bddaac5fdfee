package provenance

import "testing"

func TestWordsSayWhereCodeIsFrom(t *testing.T) {
	for _, test := range []struct {
		from    Provenance
		want    string
		builtIn bool
	}{
		{Provenance{Kontrast, "v0.1.0", Kontrast + "/methods/simclr"}, "built in", true},
		{Provenance{"example.com/a", "v1.2.0", "example.com/a/b"}, "example.com/a@v1.2.0", false},
		{Provenance{"example.com/a", "", "example.com/a/b"}, "example.com/a", false},
		{Provenance{Package: "example.com/a/b"}, "example.com/a/b", false},
		{Provenance{"github.com/kontrast-ml/kontrast-more", "v1.0.0", "github.com/kontrast-ml/kontrast-more"},
			"github.com/kontrast-ml/kontrast-more@v1.0.0", false},
	} {
		if got := test.from.String(); got != test.want || test.from.BuiltIn() != test.builtIn {
			t.Errorf("%+v is %q, built in %v; want %q, %v", test.from, got, test.from.BuiltIn(), test.want, test.builtIn)
		}
	}
}

func TestTheModuleOfAPackageIsFound(t *testing.T) {
	if got := Of(Kontrast + "/methods/simclr"); got.Module != Kontrast || got.Version == "" {
		t.Errorf("a package of this module is of %+v", got)
	}
	if got := Of("example.com/nowhere"); got.Module != "" || got.Version != "" {
		t.Errorf("a package of no module is of %+v", got)
	}
	if VersionOf(Kontrast) == "" {
		t.Error("this module has no version")
	}
}

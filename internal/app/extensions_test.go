package app

import (
	"errors"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework"
)

func TestAPluginForAnotherInterfaceIsRefusedWithWhatChanged(t *testing.T) {
	for _, test := range []struct {
		version    int
		want, hint string
	}{
		{1, "version 2: the type Backbone moved from package backbones to package framework: write framework.Backbone",
			"follow the changes in its code"},
		{
			framework.InterfaceVersion + 1, "a plugin was written for version 3 of the author's interface, and this kontrast " +
				"has version 2", "newer version of kontrast",
		},
	} {
		_, err := Join(Extensions{}, Extensions{Interface: test.version})
		var refused *InterfaceError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) ||
			!strings.Contains(refused.Hint(), test.hint) {
			t.Errorf("version %d: error %v, want one that says %q and advises %q", test.version, err, test.want, test.hint)
		}
	}
	if _, err := Join(Extensions{}, Extensions{Interface: framework.InterfaceVersion}); err != nil {
		t.Error(err)
	}
}

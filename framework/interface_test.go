package framework

import "testing"

func TestTheChangesOfTheInterfaceAreInOrder(t *testing.T) {
	all := InterfaceChanges(0)
	if len(all) == 0 || len(InterfaceChanges(InterfaceVersion)) > 0 {
		t.Fatalf("%d changes in all, %d since this version", len(all), len(InterfaceChanges(InterfaceVersion)))
	}
	for i, change := range all {
		switch {
		case change.Version < 2 || change.Version > InterfaceVersion || i > 0 && change.Version < all[i-1].Version:
			t.Errorf("change %d is of version %d, this is %d", i, change.Version, InterfaceVersion)
		case change.What == "" || change.Do == "" || len(change.Names) == 0:
			t.Errorf("change %d does not say what it is, what to do, and by which names it is told: %+v", i, change)
		}
	}
	if last := all[len(all)-1].Version; last != InterfaceVersion {
		t.Errorf("nothing is said of version %d, the last is %d", InterfaceVersion, last)
	}
}

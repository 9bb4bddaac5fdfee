package data

// archiveMembers is what is known of an archive that stays open, whatever its format.
// M says where a member's content lies.
type archiveMembers[M any] struct {
	root   string // its path
	at     map[string]M
	faults map[string]string // of what is no member that can be read
}

func newArchiveMembers[M any](root string) archiveMembers[M] {
	return archiveMembers[M]{root: root, at: map[string]M{}, faults: map[string]string{}}
}

// follow adds what the links lead to, and a fault for each that leads nowhere.
func (m *archiveMembers[M]) follow(links map[string]string) {
	for _, name := range resolve(m.at, links) {
		m.faults[name] = "a link to nothing"
	}
}

func (m *archiveMembers[M]) list(add func(name, fault string)) error {
	for name := range m.at {
		add(name, "")
	}
	for name, fault := range m.faults {
		add(name, fault)
	}
	return nil
}

func (m *archiveMembers[M]) path(name string) string { return m.root + ": " + name }

package data

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
)

// files is a sorted list of image files in a directory or an archive. Reading
// is safe for concurrent use.
type files struct {
	source
	names   []string        // relative to the folder
	folder  string          // of the source, that everything lies in: "" or "…/"
	folders map[string]bool // of the source, in which there is any file
	omitted []Omission
	reading *reading
}

// openFiles lists the images under a directory or in an archive. A single
// folder around everything in an archive is left out of the names.
func openFiles(root string, options Reading, env Env) (*files, error) {
	from, err := openSource(root, env)
	if err != nil {
		return nil, err
	}
	f := &files{source: from, reading: options.open()}
	listed := newListing(f)
	count := int64(0)
	err = from.list(func(name, fault string) {
		listed.add(name, fault)
		if count++; count%10000 == 0 {
			env.progress("listing "+root, count, -1)
		}
	})
	if err != nil {
		return nil, err
	}
	f.names, f.omitted, f.folders = listed.images, listed.omissions(), listed.folders
	if len(f.names) == 0 {
		return nil, f.none(root)
	}
	slices.Sort(f.names)
	if _, plain := from.(*directory); !plain {
		f.unwrap()
	}
	return f, nil
}

// none says that there are no images, and what there is instead.
func (f *files) none(root string) error {
	err := fmt.Errorf("%s: no images in it (%s)", root, formatNames)
	if ShardsAt(root) {
		return fmt.Errorf("%w; it has shards, .tar files of samples, which the data set webdataset reads", err)
	}
	if len(f.omitted) > 0 {
		err = fmt.Errorf("%w; %s: %s", err, f.omitted[0].Path, f.omitted[0].Reason)
	}
	return err
}

// unwrap removes the folders that are around all images.
func (f *files) unwrap() {
	for {
		around, rest, _ := strings.Cut(f.names[0], "/")
		if !strings.Contains(rest, "/") {
			return
		}
		around += "/"
		if slices.ContainsFunc(f.names, func(name string) bool {
			return !strings.HasPrefix(name, around) || !strings.Contains(name[len(around):], "/")
		}) {
			return
		}
		f.within(around)
	}
}

// within keeps the images of a folder, "name/", by their names in it.
func (f *files) within(folder string) {
	var inner []string
	for _, name := range f.names {
		if rest, ok := strings.CutPrefix(name, folder); ok {
			inner = append(inner, rest)
		}
	}
	f.names, f.folder = inner, f.folder+folder
}

func (f *files) clone() *files {
	out := *f
	return &out
}

// at is the name of an image in the source.
func (f *files) at(name string) string { return f.folder + name }

// path names an image in messages.
func (f *files) path(name string) string { return f.source.path(f.at(name)) }

// omit leaves out an image that was listed.
func (f *files) omit(name, reason string) {
	f.omitted = append(f.omitted, Omission{Path: f.path(name), Reason: reason, Files: 1, Image: true})
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// decode reads and decodes an image.
func (f *files) decode(name string, dst *Image) error {
	return f.content(name, func(file []byte) error { return f.reading.decode(file, dst) })
}

// shorterSide reads the size of an image, of which the header is enough.
func (f *files) shorterSide(name string) (side int, err error) {
	err = f.content(name, func(file []byte) error {
		format, err := formatIn(file)
		if err != nil {
			return err
		}
		cost, err := f.reading.cost(format, file)
		if err == nil {
			side = cost.shorterSide()
		}
		return err
	})
	return side, err
}

// content calls use with the content of a file.
func (f *files) content(name string, use func(file []byte) error) error {
	name = f.at(name)
	size, err := f.source.size(name)
	if err != nil {
		return err
	}
	if size > f.reading.limit {
		return fmt.Errorf("a file of %s, more than the %s that decode_bytes allows",
			bytesText(size), bytesText(f.reading.limit))
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	*buffer = slices.Grow((*buffer)[:0], int(size))[:size]
	if err := f.source.read(name, *buffer); err != nil {
		return err
	}
	return use(*buffer)
}

// listing sorts the files of a source into images and those left out.
type listing struct {
	source  source
	images  []string
	single  []Omission
	folders map[string]bool
	kinds   map[kindOmitted]*Omission // of what is no image, by its ending
	head    [headBytes]byte
}

type kindOmitted struct{ ending, reason string }

func newListing(f *files) *listing {
	return &listing{source: f.source, folders: map[string]bool{}, kinds: map[kindOmitted]*Omission{}}
}

// add takes a file for an image if its name ends like one's or its content begins like one's.
func (l *listing) add(name, fault string) {
	for folder := path.Dir(name); folder != "." && !l.folders[folder]; folder = path.Dir(folder) {
		l.folders[folder] = true
	}
	ending := strings.ToLower(path.Ext(name))
	image := imageEnding(ending) && !strings.HasPrefix(path.Base(name), "._")
	if !image && fault == "" {
		head, err := l.source.head(name, l.head[:])
		image = err == nil && formatOf(head) != nil
	}
	switch {
	case fault != "":
		l.single = append(l.single, Omission{l.source.path(name), fault, 1, image || ending == ""})
	case !image && foreignEnding(ending):
		l.single = append(l.single, Omission{l.source.path(name), "not a " + formatNames + " file", 1, true})
	case !image:
		l.count(name, kindOmitted{ending, "no image"})
	case hidden(name):
		l.single = append(l.single, Omission{l.source.path(name), "hidden", 1, true})
	default:
		l.images = append(l.images, name)
	}
}

// count adds a file to those of its kind, which are told by one omission.
func (l *listing) count(name string, kind kindOmitted) {
	known := l.kinds[kind]
	if known == nil {
		known = &Omission{Path: l.source.path(name), Reason: kind.reason}
		l.kinds[kind] = known
	}
	known.Path = min(known.Path, l.source.path(name))
	known.Files++
}

func (l *listing) omissions() []Omission {
	out := l.single
	for kind, o := range l.kinds {
		if o.Files > 1 {
			o.Reason += fmt.Sprintf(" (and %d more files that end in %q)", o.Files-1, kind.ending)
		}
		out = append(out, *o)
	}
	sortOmissions(out)
	return out
}

// hidden says that a file, or a folder it is in, is hidden or belongs to a
// system or a program: Jupyter's .ipynb_checkpoints, the Finder's __MACOSX,
// Synology's @eaDir, Windows' $RECYCLE.BIN.
func hidden(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || strings.HasPrefix(part, "@ea") || part == "__MACOSX" ||
			strings.EqualFold(part, "$RECYCLE.BIN") {
			return true
		}
	}
	return false
}

func bytesText(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	x, u := float64(n), 0
	for x >= 1024 && u < len(units)-1 {
		x, u = x/1024, u+1
	}
	if u == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.3g %s", x, units[u])
}

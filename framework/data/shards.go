package data

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// shardSet is the samples of several shards, in the order of the shards.
type shardSet struct {
	source  *shards
	samples []shardSample
	omitted []Omission
}

// shardSample is one sample; label and caption are empty for none.
type shardSample struct {
	shard          *shardFile
	name           string // of the source
	label, caption string
}

// shards is a source of the images in several .tar files: "train-0001.tar/0007.jpg".
// A file is open only while it is read, as there may be thousands.
type shards struct {
	root  string // that the names are relative to
	files map[string]*shardFile
}

// shardFile is one .tar file with its images, sorted by their names.
type shardFile struct {
	path  string
	names []string
	at    []extent
}

// newShardSet joins the indices of shards, and leaves out samples that lack what others have.
func newShardSet(paths []string, indices []*shardIndex, wanted fields) (*shardSet, error) {
	s := &shardSet{source: &shards{root: commonFolder(paths), files: map[string]*shardFile{}}}
	labeled, captioned := false, false
	for i, index := range indices {
		relative, err := filepath.Rel(s.source.root, paths[i])
		if err != nil {
			return nil, err
		}
		relative = filepath.ToSlash(relative)
		if s.source.files[relative] != nil {
			return nil, fmt.Errorf("%s: the shard is named twice", paths[i])
		}
		s.omitted = append(s.omitted, index.Omitted...)
		file := &shardFile{path: paths[i]}
		s.source.files[relative] = file
		order := make([]int, len(index.Members))
		for k, member := range index.Members {
			order[k] = k
			s.samples = append(s.samples, shardSample{file, relative + "/" + member, index.Labels[k], index.Captions[k]})
			labeled = labeled || index.Labels[k] != ""
			captioned = captioned || index.Captions[k] != ""
		}
		slices.SortFunc(order, func(a, b int) int { return cmp.Compare(index.Members[a], index.Members[b]) })
		for _, k := range order {
			file.names = append(file.names, index.Members[k])
			file.at = append(file.at, extent{index.Offsets[k], index.Sizes[k]})
		}
	}
	switch {
	case len(s.samples) == 0 && len(s.omitted) > 0:
		return nil, fmt.Errorf("%s: no images in the shards; %s: %s", paths[0], s.omitted[0].Path, s.omitted[0].Reason)
	case len(s.samples) == 0:
		return nil, fmt.Errorf("%s: no images in the shards", paths[0])
	case !labeled && wanted.label != "":
		return nil, fmt.Errorf("%s: no sample has the label .%s", paths[0], wanted.label)
	case !captioned && wanted.caption != "":
		return nil, fmt.Errorf("%s: no sample has the caption .%s", paths[0], wanted.caption)
	}
	s.complete(labeled, wanted.labels(), captioned && (!labeled || wanted.caption != ""), wanted.captions())
	return s, nil
}

// complete leaves out the samples without a label or a caption, where these are needed.
func (s *shardSet) complete(labels bool, labelFields []string, captions bool, captionFields []string) {
	kept := s.samples[:0]
	for _, sample := range s.samples {
		lacks := ""
		switch {
		case labels && sample.label == "":
			lacks = "no label, which other samples have: ." + strings.Join(labelFields, " or .")
		case captions && sample.caption == "":
			lacks = "no caption, which other samples have: ." + strings.Join(captionFields, " or .")
		default:
			kept = append(kept, sample)
			continue
		}
		s.omitted = append(s.omitted, Omission{Path: s.source.path(sample.name), Reason: lacks, Files: 1, Image: true})
	}
	s.samples = kept
	sortOmissions(s.omitted)
}

// commonFolder is the folder that all paths lie in.
func commonFolder(paths []string) string {
	root := filepath.Dir(paths[0])
	for _, path := range paths[1:] {
		for root != filepath.Dir(root) {
			if rest, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rest) {
				break
			}
			root = filepath.Dir(root)
		}
	}
	return root
}

// pictures are the samples as a dataset that has no labels yet.
func (s *shardSet) pictures(options Reading) (*pictures, error) {
	if len(s.samples) == 0 {
		return nil, errors.New("every sample of the shards was left out")
	}
	p := &pictures{files: &files{source: s.source, reading: options.open(), omitted: s.omitted}}
	captions, any := make([]string, len(s.samples)), false
	p.names = make([]string, len(s.samples))
	for i, sample := range s.samples {
		p.names[i], captions[i] = sample.name, sample.caption
		any = any || sample.caption != ""
	}
	if any {
		p.captions = captions
	}
	p.files.names = p.names
	return p, nil
}

// find is where an image lies.
func (s *shards) find(name string) (*shardFile, extent, error) {
	for end := 0; ; {
		// The name of a shard ends where the first part ends that is one.
		slash := strings.IndexByte(name[end:], '/')
		if slash < 0 {
			return nil, extent{}, os.ErrNotExist
		}
		end += slash
		if file := s.files[name[:end]]; file != nil {
			member := name[end+1:]
			at := sort.SearchStrings(file.names, member)
			if at == len(file.names) || file.names[at] != member {
				return nil, extent{}, os.ErrNotExist
			}
			return file, file.at[at], nil
		}
		end++
	}
}

func (s *shards) list(add func(name, fault string)) error {
	for shard, file := range s.files {
		for _, member := range file.names {
			add(shard+"/"+member, "")
		}
	}
	return nil
}

func (s *shards) path(name string) string {
	file, _, err := s.find(name)
	if err != nil {
		return filepath.Join(s.root, filepath.FromSlash(name))
	}
	relative, err := filepath.Rel(s.root, file.path)
	if err != nil {
		return file.path
	}
	return file.path + ": " + strings.TrimPrefix(name, filepath.ToSlash(relative)+"/")
}

func (s *shards) size(name string) (int64, error) {
	_, at, err := s.find(name)
	return at.size, err
}

func (s *shards) head(name string, buffer []byte) ([]byte, error) {
	_, at, err := s.find(name)
	if err != nil {
		return nil, err
	}
	buffer = buffer[:min(int64(len(buffer)), at.size)]
	return buffer, s.read(name, buffer)
}

func (s *shards) read(name string, buffer []byte) error {
	shard, at, err := s.find(name)
	if err != nil {
		return err
	}
	file, err := os.Open(shard.path)
	if err != nil {
		return pathless(err)
	}
	defer file.Close()
	if _, err := file.ReadAt(buffer, at.offset); err == io.EOF {
		return errors.New("the shard ends within it; get the shard again")
	} else if err != nil {
		return pathless(err)
	}
	return nil
}

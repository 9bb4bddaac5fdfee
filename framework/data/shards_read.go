package data

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
)

// fields say where the samples of shards have their labels and captions: the
// ending of a file, or json.KEY; empty for the usual ones.
type fields struct{ label, caption string }

// The usual fields, the likeliest first.
var (
	labelFields   = []string{"cls", "json.label", "json.cls"}
	captionFields = []string{"txt", "json.caption"}
)

func (f fields) labels() []string   { return orElse(f.label, labelFields) }
func (f fields) captions() []string { return orElse(f.caption, captionFields) }

func orElse(asked string, usual []string) []string {
	if asked == "" {
		return usual
	}
	return []string{asked}
}

// reads says whether the file of a sample with that ending is needed.
func (f fields) reads(ending string) bool {
	for _, fields := range [][]string{f.labels(), f.captions()} {
		for _, field := range fields {
			if file, _, _ := strings.Cut(field, "."); file == ending {
				return true
			}
		}
	}
	return false
}

// maxField bounds the size of a file of a sample that is no image.
const maxField = 1 << 20

// shardIndex is what is known of a shard when it has been read once. The lists
// have an entry for each sample.
type shardIndex struct {
	Members          []string // the images
	Offsets, Sizes   []int64
	Labels, Captions []string // empty for none
	Omitted          []Omission
}

// sampleFiles are the files of one sample, which follow each other in a shard.
type sampleFiles struct {
	key, image, ending string
	at                 extent
	texts              map[string][]byte
	endings            []string
}

// readShard reads the headers of a shard, and the labels and captions in it.
func readShard(shard string, wanted fields) (*shardIndex, error) {
	file, err := os.Open(shard)
	if err != nil {
		return nil, missing(shard, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	index, current := &shardIndex{}, &sampleFiles{}
	for reader := tar.NewReader(file); ; {
		header, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: not a whole tar archive, after %q: %w", shard, current.key, err)
		}
		name := cleanName(header.Name)
		if header.Typeflag != tar.TypeReg || hidden(name) {
			continue
		}
		key, ending := sampleKey(name)
		if ending == "" {
			continue
		}
		if key != current.key {
			if err := index.add(shard, current, wanted); err != nil {
				return nil, err
			}
			current = &sampleFiles{key: key}
		}
		offset, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		if offset+header.Size > info.Size() {
			return nil, fmt.Errorf("%s: the shard ends within %s; get it again", shard, name)
		}
		if err := current.take(name, ending, extent{offset, header.Size}, reader, wanted); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", shard, name, err)
		}
	}
	if err := index.add(shard, current, wanted); err != nil {
		return nil, err
	}
	return index, nil
}

// sampleKey divides a name at the first dot of its last part, as webdataset does.
func sampleKey(name string) (key, ending string) {
	folder, base := path.Split(name)
	base, ending, _ = strings.Cut(base, ".")
	return folder + base, strings.ToLower(ending)
}

// take adds a file to its sample.
func (s *sampleFiles) take(name, ending string, at extent, content io.Reader, wanted fields) error {
	for _, other := range s.endings {
		if other == ending {
			return errors.New("it comes twice in one sample")
		}
	}
	s.endings = append(s.endings, ending)
	if imageEnding(path.Ext("." + ending)) {
		// Of several images that whose ending has no further parts counts: jpg, and not seg.jpg.
		if s.image == "" || strings.Contains(s.ending, ".") && !strings.Contains(ending, ".") {
			s.image, s.ending, s.at = name, ending, at
		}
		return nil
	}
	if !wanted.reads(ending) {
		return nil
	}
	if at.size > maxField {
		return fmt.Errorf("%s, expected at most %s of text", bytesText(at.size), bytesText(maxField))
	}
	text := make([]byte, at.size)
	if _, err := io.ReadFull(content, text); err != nil {
		return err
	}
	if text = bytes.TrimSpace(text); !utf8.Valid(text) {
		return fmt.Errorf("not in UTF-8 (%.40q)", text)
	}
	if s.texts == nil {
		s.texts = map[string][]byte{}
	}
	s.texts[ending] = text
	return nil
}

// add adds a sample that is complete.
func (x *shardIndex) add(shard string, s *sampleFiles, wanted fields) error {
	if len(s.endings) == 0 {
		return nil
	}
	if s.image == "" {
		x.Omitted = append(x.Omitted, Omission{
			Path: shard + ": " + s.key, Files: len(s.endings),
			Reason: "no " + formatNames + " file in the sample, which has ." + strings.Join(s.endings, ", ."),
			Image:  len(s.texts) > 0,
		})
		return nil
	}
	label, err := s.field(wanted.labels())
	if err == nil {
		x.Labels = append(x.Labels, label)
		label, err = s.field(wanted.captions())
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", shard, s.key, err)
	}
	x.Captions = append(x.Captions, label)
	x.Members = append(x.Members, s.image)
	x.Offsets, x.Sizes = append(x.Offsets, s.at.offset), append(x.Sizes, s.at.size)
	return nil
}

// field is the text of the first field that the sample has; empty for none.
func (s *sampleFiles) field(names []string) (string, error) {
	for _, name := range names {
		ending, key, inJSON := strings.Cut(name, ".")
		text, found := s.texts[ending]
		if !found {
			continue
		}
		if !inJSON {
			return string(text), nil
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(text, &object); err != nil {
			return "", fmt.Errorf(".%s is no object in JSON: %w", ending, err)
		}
		raw, found := object[key]
		if !found || string(raw) == "null" {
			continue
		}
		var value string
		switch raw[0] {
		case '"':
			if err := json.Unmarshal(raw, &value); err != nil {
				return "", fmt.Errorf(".%s: %w", ending, err)
			}
		case '{', '[':
			return "", fmt.Errorf(".%s: %q is %.40s, expected a text or a number", ending, key, raw)
		default:
			value = string(raw)
		}
		return strings.TrimSpace(value), nil
	}
	return "", nil
}

// readShards reads the index of several shards, many at once.
func readShards(ctx context.Context, paths []string, wanted fields, env Env) (*shardSet, error) {
	indices := make([]*shardIndex, len(paths))
	done := make(chan struct{}, len(paths))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4 * runtime.GOMAXPROCS(0)) // they wait for the disk more than they compute
	finished := make(chan error, 1)
	go func() {
		for i, shard := range paths {
			group.Go(func() (err error) {
				if err = ctx.Err(); err == nil {
					indices[i], err = cachedIndex(shard, wanted, env)
				}
				done <- struct{}{}
				return err
			})
		}
		finished <- group.Wait()
	}()
	for count := int64(1); ; count++ {
		select {
		case <-done:
			if count%20 == 0 {
				env.progress("reading the index of shards", count, int64(len(paths)))
			}
		case err := <-finished:
			if err != nil {
				return nil, err
			}
			return newShardSet(paths, indices, wanted)
		}
	}
}

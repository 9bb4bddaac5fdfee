package data

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// zipped is a zip archive that stays open.
type zipped struct{ archiveMembers[*zip.File] }

const (
	zipEncrypted  = 1       // of the flags of a member
	longestTarget = 1 << 12 // bytes of a link's target
)

// openZip reads the directory of a zip archive.
func openZip(root string, content *os.File, size int64) (*zipped, error) {
	reader, err := zip.NewReader(content, size)
	if err != nil {
		return nil, fmt.Errorf("%s: not a whole zip archive: %w", root, err)
	}
	z := &zipped{newArchiveMembers[*zip.File](root)}
	links := map[string]string{}
	for _, file := range reader.File {
		name, mode := cleanName(zipName(file)), file.Mode()
		switch {
		case mode.IsDir():
		case file.Flags&zipEncrypted != 0:
			z.faults[name] = "encrypted"
		case mode&fs.ModeSymlink != 0:
			target, err := zipContent(file, min(file.UncompressedSize64, longestTarget))
			if err != nil {
				z.faults[name] = "a link that cannot be read: " + err.Error()
				continue
			}
			links[name] = symlinkTarget(name, string(target))
		default:
			z.at[name] = file
		}
	}
	z.follow(links)
	return z, nil
}

// zipName is the name of a member: UTF-8 where it says so or can be, else the
// code page that the format began with.
func zipName(file *zip.File) string {
	if !file.NonUTF8 || utf8.ValidString(file.Name) {
		return file.Name
	}
	name, err := charmap.CodePage437.NewDecoder().String(file.Name)
	if err != nil {
		return file.Name
	}
	return name
}

func (z *zipped) size(name string) (int64, error) {
	return int64(min(z.at[name].UncompressedSize64, 1<<62)), nil
}

func (z *zipped) read(name string, buffer []byte) error {
	content, err := z.at[name].Open()
	if err != nil {
		return err
	}
	defer content.Close()
	if _, err = io.ReadFull(content, buffer); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(content, 1)) // the end, where the checksum is compared
	return err
}

func (z *zipped) head(name string, buffer []byte) ([]byte, error) {
	return zipContent(z.at[name], min(uint64(len(buffer)), z.at[name].UncompressedSize64))
}

// zipContent returns the first bytes of a member.
func zipContent(file *zip.File, n uint64) ([]byte, error) {
	content, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	buffer := make([]byte, n)
	_, err = io.ReadFull(content, buffer)
	return buffer, err
}

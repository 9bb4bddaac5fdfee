package store

import "testing"

func TestLeftOutFilesAreRecordedOnce(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	files := []LeftOut{
		{"train", "photos/a.txt", "no image", -1, 12},
		{"test", "photos/caf\xe9.jpg", "unexpected EOF", 7, 1},
	}
	for range 2 {
		check(t, w.AddLeftOut(t.Context(), files))
	}
	check(t, w.AddLeftOut(t.Context(), nil))
	got := text(t, s, "SELECT name, split, path, reason, sample, files FROM left_out_files ORDER BY split DESC")
	want := "simclr-1|train|photos/a.txt|no image|<nil>|12\nsimclr-1|test|photos/caf\ufffd.jpg|unexpected EOF|7|1"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := w.AddLeftOut(t.Context(), []LeftOut{{Split: "train", Path: "x"}}); err == nil {
		t.Error("no files are taken for some")
	}
}

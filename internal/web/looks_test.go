package web

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// hostileFolder has images in folders whose names, the classes, are hostile.
func hostileFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for c, class := range []string{"<img src=x onerror=globalThis.hit=1>", "<script>globalThis.hit=2<",
		"\u202egpj.\x1b[31m"} {
		for i := range 16 {
			picture := image.NewNRGBA(image.Rect(0, 0, 16, 16))
			for p := range 256 {
				picture.SetNRGBA(p%16, p/16, color.NRGBA{uint8(80 * c), uint8(16*i + p), uint8(p * i), 255})
			}
			path := filepath.Join(folder, class, fmt.Sprintf("%02d.png", i))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			file, err := os.Create(path)
			if err == nil {
				err = png.Encode(file, picture)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return folder
}

// TestImagesAndMapsInTheReport trains a little on a folder with hostile names,
// and looks at the images and the maps.
func TestImagesAndMapsInTheReport(t *testing.T) {
	catalog, err := app.NewCatalog(app.Extensions{})
	if err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(t.TempDir(), "experiments.db")
	a, release, err := app.New(t.Context(), app.Options{Database: database, Catalog: catalog, Console: &strings.Builder{}})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	doc, err := config.Parse("test",
		[]byte(`{study: seen, method: simclr, backbone: {name: resnet8, width: 0.25}, dataset: {name: folder, path: "`+
			hostileFolder(t)+`", test_fraction: 0.5},
		train: {epochs: 1, batch_size: 8}, eval: {knn: {k: 3}}}`))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := catalog.Resolve(doc, experiment.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Runner.Run(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Runner.Baseline(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	open := func(ctx context.Context, run int64) (*experiment.Look, error) {
		return a.Runner.Look(ctx, run, experiment.Changes{})
	}
	url, _ := writeReport(t, database, "seen", ReportOptions{Open: open})
	b := openTab(t, url)
	b.Look(1400, 900, "light")
	b.Do(chromedp.Navigate(url))
	b.Wait(`document.querySelectorAll("#map svg.map").length === 2`)
	if hit := value[bool](b, `globalThis.hit !== undefined`); hit {
		t.Error("the name of a class was read as HTML")
	}
	if n := value[int](b, `document.querySelectorAll("#map svg.map circle").length`); n != 48 {
		t.Errorf("%d points, want the 24 test images in both maps", n)
	}
	b.choose("choose-class", `<img src=x onerror=globalThis.hit=1>`)
	b.Wait(`document.querySelectorAll("#map ul.images img").length > 0`)
	if chosen := value[string](b, `document.getElementById("map-selection").textContent`); !strings.HasPrefix(chosen,
		"8 images: <img src=x onerror=globalThis.hit=1> 8") {
		t.Errorf("chosen: %q", chosen)
	}
	faint := value[int](b,
		`[...document.querySelectorAll("#map circle")].filter((c) => c.getAttribute("opacity") === "0.08").length`)
	if faint != 32 {
		t.Errorf("%d points of other classes are faint, want 32", faint)
	}
	// A brush over the whole left map selects everything.
	b.Script(`const brush = document.querySelector("#map g.brush .overlay"), r = brush.getBoundingClientRect();
		const at = (type, x, y) => brush.dispatchEvent(new MouseEvent(type, {clientX: x, clientY: y, bubbles: true, view: window}));
		at("mousedown", r.left + 1, r.top + 1); at("mousemove", r.right - 1, r.bottom - 1); at("mouseup", r.right - 1, r.bottom - 1);`)
	b.Wait(`document.getElementById("map-selection").textContent.startsWith("24 images")`)
	b.choose("choose-map", "PCA")
	b.Wait(`document.getElementById("map").textContent.includes("directions of the largest variance (PCA), with")`)
	b.everyNumber()
	b.numbers(database)
	b.shootAll("report-images")

	// Without the images it says how to get them.
	url, _ = writeReport(t, database, "seen", ReportOptions{})
	b.Allowed = url
	b.Do(chromedp.Navigate(url))
	b.Wait(
		`document.getElementById("map") && document.getElementById("map").textContent.includes("kontrast report seen --images")`,
	)

	// Where a network can't be opened, the rest is written.
	var skipped []string
	missing := func(context.Context, int64) (*experiment.Look, error) { return nil, fmt.Errorf("<b>no checkpoint</b>") }
	url, _ = writeReport(
		t, database, "seen", ReportOptions{Open: missing, Skipped: func(why string) { skipped = append(skipped, why) }},
	)
	b.Allowed = url
	b.Do(chromedp.Navigate(url))
	b.Wait(`document.getElementById("map") && document.getElementById("map").textContent.includes("<b>no checkpoint</b>")`)
	if len(skipped) != 2 {
		t.Errorf("skipped %q", skipped)
	}
}

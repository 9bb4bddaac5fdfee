package golden

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestFillGivesTheCheckVectors(t *testing.T) {
	for _, check := range []struct {
		seed, order uint64
		key         uint64
		u01         [2]float64
	}{
		{1, 0, 0x5e41ab087439611e, [2]float64{0.69351213901022923, 0.97176683985523127}},
		{424242, 1000000, 0x75765696751e40a3, [2]float64{0.065220628357049115, 0.27401304093760237}},
		{1 << 63, 500001, 0x254b80b278e8c4e8, [2]float64{0.071107546997881466, 0.071234808279730388}},
	} {
		key := fillKey(check.seed, check.order)
		if key != check.key {
			t.Errorf("key(%d, %d) = %#x, want %#x", check.seed, check.order, key, check.key)
		}
		for i, u := range check.u01 {
			if got := fill(key, i, 1, 0); got != float32(2*u-1) {
				t.Errorf("fill(%d, %d, %d) = %v, want %v", check.seed, check.order, i, got, 2*u-1)
			}
		}
	}
}

// TestEveryFamilyLoads holds the files to the table of testdata/README.md.
func TestEveryFamilyLoads(t *testing.T) {
	readme, err := os.ReadFile("testdata/README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]int{} // cases of each family
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)\\.json` \\| (\\d+) \\|").FindAllStringSubmatch(string(readme),
		-1) {
		listed[row[1]], _ = strconv.Atoi(row[2])
	}
	entries, err := files.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := strings.TrimSuffix(entry.Name(), ".json.gz")
		if cases := len(Load(t, name).Cases); listed[name] != cases {
			t.Errorf("%s has %d cases, testdata/README.md lists %d", entry.Name(), cases, listed[name])
		}
		delete(listed, name)
	}
	if len(listed) > 0 {
		t.Errorf("testdata/README.md lists families without a file: %v", listed)
	}
}

func TestPermute(t *testing.T) {
	x := Tensor{Shape: []int{1, 2, 1, 3}, Data: []float64{1, 2, 3, 4, 5, 6}}
	got := x.Permute(0, 2, 3, 1)
	want := []float64{1, 4, 2, 5, 3, 6}
	for i := range want {
		if got.Data[i] != want[i] {
			t.Fatalf("got %v, want %v", got.Data, want)
		}
	}
}

func TestDistanceSeesWhatIsNotANumber(t *testing.T) {
	want := Tensor{Shape: []int{1}, Data: []float64{1}}
	if d := Distance([]float32{float32(math.NaN())}, want); !math.IsInf(d, 1) {
		t.Errorf("distance of NaN is %v, want +Inf", d)
	}
}

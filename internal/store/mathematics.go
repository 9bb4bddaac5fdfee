package store

import (
	"math"

	"github.com/mattn/go-sqlite3"
)

var unaryFunctions = map[string]func(float64) float64{
	"sqrt": math.Sqrt, "exp": math.Exp,
	"ln": math.Log, "log": math.Log10, "log10": math.Log10, "log2": math.Log2,
}

var roundingFunctions = map[string]func(float64) float64{
	"ceil": math.Ceil, "ceiling": math.Ceil, "floor": math.Floor, "trunc": math.Trunc,
}

var binaryFunctions = map[string]func(a, b float64) float64{
	"pow": math.Pow, "power": math.Pow, "mod": math.Mod,
	"log": func(base, x float64) float64 { return math.Log(x) / math.Log(base) },
}

// registerMathematics adds the functions of SQLite's mathematical extension
// that its shell has and that the library linked here is built without: the
// views need sqrt, and what works in the shell works here.
func registerMathematics(conn *sqlite3.SQLiteConn) error {
	register := func(name string, implementation any) error {
		return conn.RegisterFunc(name, implementation, true)
	}
	for name, f := range unaryFunctions {
		if err := register(name, func(x any) any { return ofOne(f, x) }); err != nil {
			return err
		}
	}
	for name, f := range roundingFunctions {
		err := register(name, func(x any) any {
			if _, whole := x.(int64); whole {
				return x
			}
			return ofOne(f, x)
		})
		if err != nil {
			return err
		}
	}
	for name, f := range binaryFunctions {
		if err := register(name, func(a, b any) any { return ofTwo(f, a, b) }); err != nil {
			return err
		}
	}
	return nil
}

func ofOne(f func(float64) float64, x any) any {
	value, ok := number(x)
	if !ok {
		return nil
	}
	return defined(f(value))
}

func ofTwo(f func(a, b float64) float64, a, b any) any {
	left, leftOK := number(a)
	right, rightOK := number(b)
	if !leftOK || !rightOK {
		return nil
	}
	return defined(f(left, right))
}

// defined is NULL where SQLite's functions are: outside their domain.
func defined(y float64) any {
	if math.IsNaN(y) || math.IsInf(y, -1) {
		return nil
	}
	return y
}

func number(x any) (float64, bool) {
	switch x := x.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, true
	}
	return 0, false
}

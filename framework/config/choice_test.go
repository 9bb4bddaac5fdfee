package config

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestChoice(t *testing.T) {
	for text, want := range map[string]string{
		"method: moco": `"name":"moco","pooling":"mean","queue":65536,"temperature":0.5`,
		"method: {name: moco, queue: 8, temperature: 0.1}": `"name":"moco","pooling":"mean","queue":8,"temperature":0.1`,
		"method: {temperature: 0.2}":                       `"name":"simclr","pooling":"mean","temperature":0.2`,
		"method: {name: null, temperature: 0.2}":           `"name":"simclr","pooling":"mean","temperature":0.2`,
		"method:":                                          `"name":"simclr","pooling":"mean","temperature":0.5`,
		"{}":                                               `"name":"simclr","pooling":"mean","temperature":0.5`,
	} {
		s := decoded(t, []byte(text))
		if got := string(Canonical(s)); !strings.Contains(got, `"method":{`+want+`}`) {
			t.Errorf("%s: got %s, expected %s", text, got, want)
		}
	}
}

func TestChoiceReservedKeys(t *testing.T) {
	document, err := Parse("test.yml", []byte("method: {name: simclr, preset: paper, preste: 1}"))
	if err != nil {
		t.Fatal(err)
	}
	s := defaults()
	if err := Decode(document.Root(), &s); err != nil {
		t.Fatal(err)
	}
	params := simclr{Temperature: 1, Pooling: "mean"}
	err = s.Method.Decode(&params, "preset")
	want :=
		`test.yml:1:39: method.preste: unknown key; did you mean "preset"? known keys: name, preset, temperature, pooling`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, expected %s", err, want)
	}
	if s.Method.Params != nil {
		t.Error("parameters at fault are kept")
	}
	var named struct {
		Name string `yaml:"name"`
	}
	if err := s.Method.Decode(&named); err == nil ||
		!strings.Contains(err.Error(), `the key "name", which a choice reserves`) {
		t.Errorf("got %v", err)
	}
}

func TestCollector(t *testing.T) {
	var c Collector
	c.Add(nil)
	if c.Err() != nil {
		t.Error("nothing is an error")
	}
	at := func(line, column int) Position { return Position{"run.yml", line, column} }
	c.Add(errors.New("no line"))
	c.Add(Faults{{Position: at(3, 1), Message: "third"}, {Position: at(1, 9), Message: "second"}})
	c.Add(errors.Join(Fault{Position: at(1, 2), Message: "first"}, Fault{Position: at(3, 1), Message: "third"}))
	c.Add(Fault{Position: Position{File: "--set a=1"}, Message: "set"})
	want := "run.yml:1:2: first\nrun.yml:1:9: second\nrun.yml:3:1: third\nno line\n--set a=1: set"
	for range 2 {
		if err := c.Err(); err.Error() != want {
			t.Errorf("got\n%v\nexpected\n%s", err, want)
		}
	}
	var faults Faults
	if !errors.As(c.Err(), &faults) || len(faults) != 5 {
		t.Fatalf("got %d faults, expected 5", len(faults))
	}
	text, err := json.Marshal(faults[:1])
	if want := `[{"file":"run.yml","line":1,"column":2,"message":"first"}]`; err != nil || string(text) != want {
		t.Errorf("got %s (%v), expected %s", text, err, want)
	}
}

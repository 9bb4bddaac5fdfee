// Package bridge lets package trainer do with a step what methods must not,
// without package framework exporting it. Package framework fills it in.
package bridge

// Fill is a func(*framework.Step, *model.Scope, framework.Backbone,
// map[string]*graph.Node): it gives a step the root of the run's variables, the
// backbone, and the values of the schedules.
var Fill any

// Embedded is a func(*framework.Step) *graph.Node: the features that the online
// encoder's backbone first embedded in a step, nil for none.
var Embedded any

// Check is a func(*framework.Step): it panics if the hooks, which have all been
// called, have left something undone.
var Check any

// Online is the name of the scope below the root in which the encoder lies that
// is trained by gradient.
const Online = "online"

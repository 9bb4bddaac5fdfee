package app

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // the backend "go"

	_ "github.com/kontrast-ml/kontrast/engine" // the backend "kontrast"
	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/backend/plugins"
	"github.com/kontrast-ml/kontrast/internal/backend/xla"
)

// ErrBackend says that a compute backend is not known or refuses its settings.
var ErrBackend = errors.New("compute backend")

// computer is a backend, and what it computes on.
type computer struct {
	Backend compute.Backend
	Info    backend.Info
}

func provideComputer(options Options) (computer, func(), error) {
	name := options.Backend
	if name == "" {
		name = backend.Default
	}
	var made computer
	on, err := onDevices(name, options.Devices)
	if err == nil {
		made, err = newComputer(on, DataEnv(options).CacheDir)
	}
	if err != nil {
		return made, nil, fmt.Errorf("%w %q: %w", ErrBackend, name, err)
	}
	return made, made.Backend.Finalize, nil
}

// onDevices is a backend that computes on the given devices, which this machine must have.
func onDevices(name string, devices []int) (string, error) {
	on, err := backend.OnDevices(name, devices)
	if err != nil || len(devices) == 0 || backend.Kind(name) == backend.Default {
		return on, err
	}
	return on, plugins.Look().CheckVisible(on)
}

// CheckDevices is the error of devices that a backend can't compute on.
func CheckDevices(name string, devices []int) error {
	if _, err := onDevices(name, devices); err != nil {
		return fmt.Errorf("%w %q: %w", ErrBackend, cmp.Or(name, backend.Default), err)
	}
	return nil
}

func newComputer(name, cache string) (computer, error) {
	if err := CheckBackend(name); err != nil {
		return computer{}, err
	}
	first, settings, _ := strings.Cut(name, ":")
	if first == backend.XLA {
		return newXLA(settings, cache)
	}
	made, err := compute.NewWithConfig(name)
	on := backend.Info{Kind: backend.Kind(name), Device: "CPU"}
	if first == backend.Kontrast {
		on.Device += ", " + KernelTier() + " kernels"
	}
	return computer{made, on}, err
}

// CheckComputes is the error of a backend that can't compute here.
func CheckComputes(options Options) error {
	_, release, err := provideComputer(options)
	if err == nil {
		release()
	}
	return err
}

// newXLA finds the plugin, unless the program could not use it.
func newXLA(settings, cache string) (computer, error) {
	var plugin plugins.Plugin
	if xla.BuiltIn {
		var err error
		if plugin, err = plugins.Find(backend.Platform(settings), cache); err != nil {
			return computer{}, err
		}
	}
	made, on, err := xla.New(plugin, settings)
	return computer{made, on}, err
}

// CheckBackend is the error of a backend that is not known, or of no number of devices.
func CheckBackend(name string) error {
	if !backend.IsKnown(name) {
		return fmt.Errorf("not known; known: %q", backend.Known())
	}
	return backend.CheckDevices(name)
}

// KernelTier names the vector instructions that the default backend uses on this machine.
func KernelTier() string { return cpu.Tier().String() }

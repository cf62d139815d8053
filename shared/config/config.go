// Package config reads settings from the environment and from secret files.
//
// A setting is a field with tags of github.com/caarlos0/env: `env:"PORT" envDefault:"8080"`, and of this package
// (see Setting). A variable of the environment wins over a file of the same name in /run/secrets/api-secrets.
// What is missing or malformed is an error that names each setting in one line, at start.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"
)

// SecretsDir is where an orchestrator mounts secrets: one file per setting, named like it.
const SecretsDir = "/run/secrets/api-secrets"

// Values are settings by name.
type Values map[string]string

// Load returns the environment's settings and those of the secret files.
func Load() (Values, error) { return load(os.Environ(), SecretsDir) }

func load(environ []string, dir string) (Values, error) {
	values := Values{}
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("config: %w", err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue // Kubernetes keeps the versions of a secret in folders beside its links
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("config: %w", err)
		}
		values[f.Name()] = strings.TrimRight(string(b), "\r\n")
	}
	for _, pair := range environ {
		if name, value, _ := strings.Cut(pair, "="); value != "" {
			values[name] = value
		}
	}
	return values, nil
}

// With returns a copy in which changes replace or, where empty, remove settings.
func (v Values) With(changes Values) Values {
	c := maps.Clone(v)
	for name, value := range changes {
		if c[name] = value; value == "" {
			delete(c, name)
		}
	}
	return c
}

// Parse fills T from v, and calls the method Validate of each nested struct that has one, and then T's own.
// Errors: one line that names every missing or malformed setting, without its value.
func Parse[T any](v Values) (T, error) {
	var t T
	return fill[T](v, v.Missing(t))
}

// Fill is Parse for settings that not every function of a service needs: a required one may be missing, and
// function.Open asks for those that the chosen functions use.
func Fill[T any](v Values) (T, error) { return fill[T](v, nil) }

func fill[T any](v Values, missing []string) (T, error) {
	var t T
	var lines []string
	for _, name := range missing {
		lines = append(lines, name+" is required")
	}
	err := env.ParseWithOptions(&t, env.Options{Environment: v})
	var all env.AggregateError
	if errors.As(err, &all) {
		for _, err := range all.Errors {
			lines = append(lines, explain(err, Settings(t)))
		}
	}
	if len(lines) > 0 {
		return t, errors.New("config: " + strings.Join(lines, "; "))
	}
	if err == nil {
		err = validate(reflect.ValueOf(&t).Elem())
	}
	if err != nil {
		return t, fmt.Errorf("config: %w", err)
	}
	return t, nil
}

func validate(settings reflect.Value) error {
	for f, value := range settings.Fields() {
		if f.IsExported() && f.Type.Kind() == reflect.Struct && f.Tag.Get("env") == "" {
			if err := validate(value); err != nil {
				return err
			}
		}
	}
	if c, ok := settings.Addr().Interface().(interface{ Validate() error }); ok {
		return c.Validate()
	}
	return nil
}

// Malformed says what is wrong with a setting, without its value. Other errors of UnmarshalText are not shown.
type Malformed string

func (m Malformed) Error() string { return string(m) }

// explain names the setting that an error is about.
func explain(err error, settings []Setting) string {
	var parse env.ParseError
	if errors.As(err, &parse) {
		for _, s := range settings {
			if s.Field == parse.Name {
				if said := Malformed(""); errors.As(parse.Err, &said) {
					return s.Name + ": " + string(said)
				}
				return fmt.Sprintf("%s is not a valid %s", s.Name, parse.Type)
			}
		}
	}
	return strings.TrimPrefix(err.Error(), "env: ")
}

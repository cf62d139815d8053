// Package gocode reads what Go code says beyond its types: comments, files, and the values of constants.
//
// Its names are such as github.com/gittix/ticketing/functions/orders (a package), and with a dot after that Order (a
// type), Order.ID (a field) and Orders.CreateOrder (a method).
package gocode

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Module is what the import paths of this repository begin with.
const Module = "github.com/gittix/ticketing/"

// Code is what a repository says, by names.
type Code struct {
	Comments map[string]string
	Files    map[string]string   // of functions, from the repository's root
	Values   map[string][]string // of the text constants of a type, in their order
}

// Read reads all Go files below root but tests.
func Read(root string) (Code, error) {
	c := Code{map[string]string{}, map[string]string{}, map[string][]string{}}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if name := entry.Name(); err != nil || entry.IsDir() && strings.HasPrefix(name, ".") && name != "." && name != ".." {
			return fs.SkipDir
		} else if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		path, err = filepath.Rel(root, path)
		c.add(filepath.ToSlash(path), file)
		return err
	})
	return c, err
}

func (c *Code) add(path string, file *ast.File) {
	pkg := Module + strings.TrimSuffix(path[:strings.LastIndex(path, "/")+1], "/")
	if file.Doc != nil {
		c.Comments[pkg] = file.Doc.Text()
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			name := pkg + "." + d.Name.Name
			if d.Recv != nil {
				name = pkg + "." + typeName(d.Recv.List[0].Type) + "." + d.Name.Name
			}
			c.Files[name], c.Comments[name] = path, d.Doc.Text()
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				c.spec(pkg+".", d, spec)
			}
		}
	}
}

func (c *Code) spec(pkg string, d *ast.GenDecl, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		name := pkg + spec.Name.Name
		c.Comments[name] = d.Doc.Text() + spec.Doc.Text()
		if t, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range t.Fields.List {
				for _, field := range f.Names {
					c.Comments[name+"."+field.Name] = strings.TrimSpace(f.Doc.Text() + f.Comment.Text())
				}
			}
		}
	case *ast.ValueSpec:
		if d.Tok != token.CONST || spec.Type == nil || len(spec.Values) != 1 {
			return
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			value, _ := strconv.Unquote(literal.Value) // the parser has read it
			t := pkg + typeName(spec.Type)
			c.Values[t] = append(c.Values[t], value)
			c.Comments[t+"="+value] = spec.Comment.Text()
		}
	}
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// Handler is the name of a function that runtime.FuncForPC calls so.
func Handler(source string) string { return strings.NewReplacer("(*", "", ")", "").Replace(source) }

// Summary is the first sentence of what a function's comment says of it, without its name and the full stop.
func (c Code) Summary(name string) string {
	comment := strings.TrimPrefix(c.Comments[name], name[strings.LastIndexByte(name, '.')+1:]+" ")
	return strings.TrimSuffix(Sentence(new(doc.Package).Synopsis(comment)), ".")
}

// Sentence is a text on one line that begins with a capital.
func Sentence(text string) string {
	s := strings.Join(strings.Fields(text), " ")
	first, size := utf8.DecodeRuneInString(s)
	if s == "" {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

package manifests

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
)

const module = "github.com/gittix/ticketing/"

// source is what the repository's Go code says. Functions and fields are known by names such as
// github.com/gittix/ticketing/functions/orders.Orders.CreateOrder.
type source struct {
	comments map[string]string
	files    map[string]string // from the repository's root
	types    [][2]string       // of events, and their payloads
}

// readSource reads the services and what they stand on, below root.
func readSource(root string) (source, error) {
	s := source{comments: map[string]string{}, files: map[string]string{}}
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
		s.add(filepath.ToSlash(path), file)
		return err
	})
	return s, err
}

func (s *source) add(path string, file *ast.File) {
	pkg := module + path[:strings.LastIndex(path, "/")+1]
	pkg = strings.TrimSuffix(pkg, "/") + "."
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			name := pkg + n.Name.Name
			if n.Recv != nil {
				name = pkg + typeName(n.Recv.List[0].Type) + "." + n.Name.Name
			}
			s.files[name] = path
			s.comments[name] = strings.TrimPrefix(new(doc.Package).Synopsis(n.Doc.Text()), n.Name.Name+" ")
		case *ast.TypeSpec:
			if t, ok := n.Type.(*ast.StructType); ok {
				for _, f := range t.Fields.List {
					for _, name := range f.Names {
						s.comments[pkg+n.Name.Name+"."+name.Name] = strings.TrimSpace(f.Doc.Text() + f.Comment.Text())
					}
				}
			}
		case *ast.ValueSpec:
			if t, ok := n.Type.(*ast.IndexExpr); ok && strings.HasSuffix(pkg, "shared/event.") { // TicketCreated Type[Ticket] = "tickets.created"
				s.types = append(s.types, [2]string{strings.Trim(n.Values[0].(*ast.BasicLit).Value, `"`), typeName(t.Index)})
			}
		}
		return true
	})
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

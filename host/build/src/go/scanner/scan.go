// Prints what the Go files named on its command line declare, a line for each method and for main:
//
//	method FILE LINE TYPE NAME
//	main
//
// FILE is the file's place on the command line, from 0 on. A file that cannot be parsed prints "broken", and
// what it has besides.
package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
)

func main() {
	var lines strings.Builder
	files := token.NewFileSet()
	for number, path := range os.Args[1:] {
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			lines.WriteString("broken\n")
		}
		if file == nil {
			continue
		}
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if function.Recv == nil && function.Name.Name == "main" {
				lines.WriteString("main\n")
			}
			if receiver := receiver(function); receiver != "" {
				// Where it is, whatever a line directive says.
				line := files.PositionFor(function.Pos(), false).Line
				words := []string{"method", strconv.Itoa(number), strconv.Itoa(line), receiver, function.Name.Name}
				lines.WriteString(strings.Join(words, " ") + "\n")
			}
		}
	}
	os.Stdout.WriteString(lines.String())
}

// The type whose method it is, without pointers and type parameters.
func receiver(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return ""
	}
	receiver := function.Recv.List[0].Type
	for {
		switch outer := receiver.(type) {
		case *ast.Ident:
			return outer.Name
		case *ast.StarExpr:
			receiver = outer.X
		case *ast.ParenExpr:
			receiver = outer.X
		case *ast.IndexExpr:
			receiver = outer.X
		case *ast.IndexListExpr:
			receiver = outer.X
		default:
			return ""
		}
	}
}

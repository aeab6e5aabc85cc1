//go:build ignore

// Gen writes the vector versions of the kernels, vector_*.go, from the scalar
// ones, *_scalar.go: the same code over another type.
//
// It replaces the calls of vec_scalar.go's functions by operations of archsimd,
// because on amd64 every call that the compiler inlines leaves a no-op in the
// loop: the second convolution ran at 90 GFLOP/s with them and at 150 without.
// It unrolls loops marked "unroll" or, in wasm, where a loop's branch goes
// through the function's dispatcher, "unroll in wasm"; for wasm without SIMD
// it writes scalar kernels that differ from *_scalar.go in nothing else. A
// function marked "//gen:copy FUNCTION CONSTANT=VALUE" gets the body of that
// function with another value of the constant. And it turns fence(x) into a
// branch that is never taken, except in wasm.
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// version is a version of the kernels to write.
type version struct {
	width int  // lanes of a vector
	fused bool // multiply and add in one instruction
	wasm  bool
	build string // build constraint
}

var versions = []version{
	{1, false, true, "!goexperiment.simd && wasm"},
	{4, false, true, "goexperiment.simd && wasm"},
	{4, false, false, "goexperiment.simd && (amd64 || arm64)"},
	{4, true, false, "goexperiment.simd && (amd64 || arm64)"},
	{8, false, false, "goexperiment.simd && amd64"},
	{8, true, false, "goexperiment.simd && amd64"},
	{16, false, false, "goexperiment.simd && amd64"},
	{16, true, false, "goexperiment.simd && amd64"},
}

func (v version) suffix() string {
	if v.wasm {
		return fmt.Sprintf("Wasm%d", v.width)
	}
	if v.fused {
		return fmt.Sprintf("Fused%d", v.width)
	}
	return fmt.Sprintf("Split%d", v.width)
}

func (v version) vector() string {
	if v.width == 1 {
		return "lane"
	}
	return fmt.Sprintf("archsimd.Float32x%d", v.width)
}

// primitives are the functions of vec_scalar.go.
var primitives = map[string]bool{"loadScalar": true, "storeScalar": true, "spreadScalar": true, "fillScalar": true,
	"mulAddScalar": true, "ifGreaterScalar": true, "capScalar": true, "shiftExponentScalar": true}

// call returns what takes the place of the call of a function of vec_scalar.go,
// "" for other functions.
func (v version) call(name string, args []string) string {
	if v.width == 1 {
		if primitives[name] {
			return name + "(" + strings.Join(args, ", ") + ")"
		}
		return ""
	}
	array := func(p string) string { return fmt.Sprintf("(*[%d]float32)(%s)", v.width, p) }
	switch name {
	case "loadScalar":
		return fmt.Sprintf("archsimd.LoadFloat32x%dArray(%s)", v.width, array(args[0]))
	case "storeScalar":
		return fmt.Sprintf("%s.StoreArray(%s)", args[1], array(args[0]))
	case "spreadScalar":
		return fmt.Sprintf("archsimd.BroadcastFloat32x%d(*(*float32)(%s))", v.width, args[0])
	case "fillScalar":
		return fmt.Sprintf("archsimd.BroadcastFloat32x%d(%s)", v.width, args[0])
	case "mulAddScalar":
		if v.fused {
			return fmt.Sprintf("%s.MulAdd(%s, %s)", args[0], args[1], args[2])
		}
		return fmt.Sprintf("%s.Mul(%s).Add(%s)", args[0], args[1], args[2])
	case "ifGreaterScalar":
		return fmt.Sprintf("%s.IfElse(%s.Greater(%s), %s)", args[2], args[0], args[1], args[3])
	case "capScalar":
		return fmt.Sprintf("%s.ToBits().Min(%s.ToBits()).BitsToFloat32()", args[0], args[1])
	case "shiftExponentScalar":
		return fmt.Sprintf("%s.ToBits().ShiftAllLeft(23).BitsToFloat32()", args[0])
	}
	return ""
}

// file rewrites one source file.
type file struct {
	version
	src    []byte
	files  *token.FileSet
	fences *int
	vars   map[string]string // values of the variables of loops being unrolled, and of a copy's constant
	consts map[string]string // the file's constants that are plain numbers
}

func (f *file) offset(p token.Pos) int { return f.files.Position(p).Offset }

// text returns the source from one place to another with all that is to be
// replaced in root replaced.
func (f *file) text(root ast.Node, from, to token.Pos) string {
	var b strings.Builder
	at := f.offset(from)
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil || f.offset(n.End()) <= at { // comments before a declaration, too
			return n != nil
		}
		with := ""
		switch n := n.(type) {
		case *ast.ForStmt:
			with = f.unroll(n)
		case *ast.CallExpr:
			fun, ok := n.Fun.(*ast.Ident)
			if !ok {
				return true
			}
			var args []string
			for _, a := range n.Args {
				args = append(args, f.text(a, a.Pos(), a.End()))
			}
			if fun.Name == "fence" || fun.Name == "narrowFence" {
				if f.wasm || fun.Name == "narrowFence" && f.width == 16 {
					with = " " // every branch costs there
					break
				}
				*f.fences++
				with = fmt.Sprintf("if %s == %d {\nreturn\n}\n", args[0], -1000-*f.fences)
			} else {
				with = f.call(fun.Name, args)
			}
		case *ast.Ident:
			if v, ok := f.vars[n.Name]; ok {
				with = v
			} else if n.Name == "lane" {
				with = f.vector()
			} else if s, ok := strings.CutSuffix(n.Name, "Scalar"); ok {
				with = s + f.suffix()
			}
		}
		if with == "" {
			return true
		}
		b.Write(f.src[at:f.offset(n.Pos())])
		b.WriteString(with)
		at = f.offset(n.End())
		return false
	})
	b.Write(f.src[at:f.offset(to)])
	return b.String()
}

// unroll returns copies of the body of a loop marked with the comment unroll:
// for k := 0; k < 5; k++ { // unroll
func (f *file) unroll(n *ast.ForStmt) string {
	end := f.offset(n.Body.Lbrace) + 1
	line, _, _ := strings.Cut(string(f.src[end:]), "\n")
	switch strings.TrimSpace(line) {
	case "// unroll":
	case "// unroll in wasm":
		if !f.wasm {
			return ""
		}
	default:
		return ""
	}
	name := n.Init.(*ast.AssignStmt).Lhs[0].(*ast.Ident).Name
	times, step := 64/(4*f.width), 4*f.width // v < cell; v += laneBytesScalar
	limit := n.Cond.(*ast.BinaryExpr).Y
	text := f.text(limit, limit.Pos(), limit.End())
	if number, err := strconv.Atoi(cmp.Or(f.consts[text], text)); err == nil {
		times, step = number, 1
	}
	var b strings.Builder
	for i := range times {
		f.vars[name] = strconv.Itoa(i * step)
		b.WriteString("{\n")
		for _, s := range n.Body.List {
			b.WriteString(f.text(s, s.Pos(), s.End()))
			b.WriteString("\n")
		}
		b.WriteString("}\n")
	}
	delete(f.vars, name)
	return b.String()
}

func main() {
	dir := flag.String("o", ".", "directory to write to")
	flag.Parse()
	names, err := filepath.Glob("*_scalar.go")
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range versions {
		var b bytes.Buffer
		fmt.Fprintf(&b, "// Code generated by gen.go from *_scalar.go; DO NOT EDIT.\n\n")
		fmt.Fprintf(&b, "//go:build %s\n\npackage cpu\n\nimport (\n", v.build)
		if v.width > 1 {
			fmt.Fprintf(&b, "\t\"simd/archsimd\"\n")
		}
		fmt.Fprintf(&b, "\t\"unsafe\"\n\n\t\"lenet/engine\"\n)\n\n")
		fmt.Fprintf(&b, "const laneBytes%s = %d\n", v.suffix(), 4*v.width)
		for _, name := range names {
			if name != "vec_scalar.go" {
				functions(&b, v, name)
			}
		}
		out, err := format.Source(b.Bytes())
		if err != nil {
			log.Fatal(v.suffix(), ": ", err)
		}
		if err := os.WriteFile(filepath.Join(*dir, fmt.Sprintf("vector_%s.go", strings.ToLower(v.suffix()))), out, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// functions writes a version of the file's functions whose names end with Scalar.
func functions(b *bytes.Buffer, v version, name string) {
	src, err := os.ReadFile(name)
	if err != nil {
		log.Fatal(err)
	}
	fences := 0
	f := &file{v, src, token.NewFileSet(), &fences, map[string]string{}, map[string]string{}}
	parsed, err := parser.ParseFile(f.files, name, src, parser.ParseComments)
	if err != nil {
		log.Fatal(err)
	}
	bodies := map[string]*ast.BlockStmt{}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			bodies[d.Name.Name] = d.Body
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if s, ok := s.(*ast.ValueSpec); ok && d.Tok == token.CONST && len(s.Values) == 1 {
					if number, ok := s.Values[0].(*ast.BasicLit); ok {
						f.consts[s.Names[0].Name] = number.Value
					}
				}
			}
		}
	}
	for _, d := range parsed.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || !strings.HasSuffix(fn.Name.Name, "Scalar") {
			if g, ok := d.(*ast.GenDecl); !ok || g.Tok != token.VAR {
				continue
			}
		}
		b.WriteString("\n")
		doc := ""
		if ok && fn.Doc != nil {
			doc = string(src[f.offset(fn.Doc.Pos()):f.offset(fn.Doc.End())])
		}
		if strings.Contains(doc, "//go:noinline") {
			b.WriteString("//go:noinline\n")
		}
		if _, copied, ok := strings.Cut(doc, "//gen:copy "); ok {
			var from, constant string
			fmt.Sscan(copied, &from, &constant)
			name, value, _ := strings.Cut(constant, "=")
			body := bodies[from]
			fmt.Fprintf(b, "func %s%s", strings.TrimSuffix(fn.Name.Name, "Scalar"), v.suffix())
			b.WriteString(f.text(fn.Type, fn.Type.Params.Pos(), fn.Body.Pos()))
			f.vars[name] = value
			b.WriteString(f.text(body, body.Pos(), body.End()))
			delete(f.vars, name)
		} else {
			b.WriteString(f.text(d, f.declStart(d), d.End()))
		}
		b.WriteString("\n")
	}
}

// declStart returns where a declaration begins after its comment.
func (f *file) declStart(d ast.Decl) token.Pos {
	if fn, ok := d.(*ast.FuncDecl); ok {
		return fn.Type.Pos()
	}
	return d.(*ast.GenDecl).TokPos
}

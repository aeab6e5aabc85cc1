package own

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lenet/engine"
)

const maxName = 100 // bytes of a class's name

// labels is the table of the labels that occur.
type labels struct {
	texts []string // whole numbers or names
	at    map[string]byte
}

// add returns the place of a label. A whole number is the same label however it
// is written.
func (l *labels) add(text string) (byte, error) {
	if at, ok := l.at[text]; ok {
		return at, nil
	}
	label := strings.TrimSpace(text)
	if n, err := strconv.Atoi(label); err == nil {
		label = strconv.Itoa(n)
	} else if err := checkName(label); err != nil {
		return 0, err
	}
	at := slices.Index(l.texts, label)
	if at < 0 {
		if at = len(l.texts); at == engine.MaxClasses {
			return 0, fmt.Errorf("it has more than %d classes (%s, %s, …, %s): leave out some, at most %[1]d are learned", engine.MaxClasses, l.texts[0], l.texts[1], label)
		}
		l.texts = append(l.texts, label)
	}
	if l.at == nil {
		l.at = map[string]byte{}
	}
	if len(l.at) < 1000 {
		l.at[text] = byte(at)
	}
	return byte(at), nil
}

// addInt is add for a number.
func (l *labels) addInt(n int) (byte, error) { return l.add(strconv.Itoa(n)) }

// checkName reports a name that no class can have.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("a label is empty: give every example a number or a name")
	case len(name) > maxName:
		return fmt.Errorf("the label %.30q… is longer than %d bytes: shorten it", name, maxName)
	case !utf8.ValidString(name):
		return fmt.Errorf("the label %q is not in UTF-8: save the file as UTF-8", name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("the label %q has a control character: remove it", name)
	}
	return nil
}

// CheckClasses reports classes that a file cannot name: too many, or of names that
// are empty, too long or given twice.
func CheckClasses(names []string) error {
	if n := len(names); n > engine.MaxClasses {
		return fmt.Errorf("%d classes: at most %d are learned", n, engine.MaxClasses)
	}
	for i, name := range names {
		if err := checkName(name); err != nil {
			return err
		}
		if at := slices.Index(names, name); at < i {
			return fmt.Errorf("classes %d and %d are both called %q: rename one", at+1, i+1, name)
		}
	}
	return nil
}

// sorted returns the labels in the order of the classes: numbers by value,
// otherwise names by their letters.
func (l *labels) sorted() []string {
	texts := slices.Clone(l.texts)
	if _, _, ok := numbers(texts); ok {
		slices.SortFunc(texts, func(a, b string) int { return number(a) - number(b) })
	} else {
		slices.Sort(texts)
	}
	return texts
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// numbers returns the least and the largest of labels, not ok when one is a name.
func numbers(texts []string) (least, most int, ok bool) {
	for i, t := range texts {
		n, err := strconv.Atoi(t)
		if err != nil || n > 1<<30 || n < -1<<30 {
			return 0, 0, false
		}
		if i == 0 {
			least, most = n, n
		}
		least, most = min(least, n), max(most, n)
	}
	return least, most, len(texts) > 0
}

// order returns the class of each label, among the given names or, with nil,
// among the labels themselves.
func (l *labels) order(n *names) ([]byte, error) {
	list := l.sorted()
	first := 0 // the number of the first name
	if n != nil {
		list = n.list
		if n.labels != nil {
			list = n.labels
		}
		least, most, ok := numbers(l.texts)
		switch byName := !slices.ContainsFunc(l.texts, func(t string) bool { return !slices.Contains(list, t) }); {
		case byName:
		case ok && n.labels == nil && least >= 0 && most < len(list):
			list = nil
		case ok && n.labels == nil && least == 1 && most == len(list):
			list, first = nil, 1
		case ok:
			return nil, fmt.Errorf("its labels are %d to %d, and the classes of %s are %d: there must be one for each label, in their order", least, most, n.from, len(n.list))
		default:
			i := slices.IndexFunc(l.texts, func(t string) bool { return !slices.Contains(list, t) })
			return nil, fmt.Errorf("the class %q is none of those of %s: %s", l.texts[i], n.from, few(n.list))
		}
	}
	order := make([]byte, len(l.texts))
	for i, t := range l.texts {
		if list == nil {
			order[i] = byte(number(t) - first)
		} else {
			order[i] = byte(slices.Index(list, t))
		}
	}
	return order, nil
}

// few lists names, cut short.
func few(list []string) string {
	const most = 12
	if len(list) > most {
		return strings.Join(list[:most], ", ") + ", …"
	}
	return strings.Join(list, ", ")
}

// names are the names of classes that a file gives.
type names struct {
	list   []string // by class
	labels []string // the label of each, nil where it is the place in the list
	from   string   // the file
}

// findNames reads the names from the first file of names that there is, in a
// folder of the source. Stems are what may go before the dot or the dash.
func (r *reader) findNames(dir string, stems ...string) error {
	var all []string
	for _, stem := range stems {
		if stem != "" {
			all = append(all, stem+".txt", stem+"-classes.txt", stem+"-mapping.txt", stem+"_classmap.csv")
		}
	}
	for _, name := range append(all, "classes.txt", "mapping.txt", "kmnist_classmap.csv") {
		f := r.find(path.Join(dir, name))
		if f == nil {
			continue
		}
		b, err := f.read()
		if err == nil {
			r.names, err = parseNames(b)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		r.names.from = f.path
		return nil
	}
	return nil
}

// findFileNames reads the names beside a file, once.
func (r *reader) findFileNames(name string) error {
	if r.names != nil {
		return nil
	}
	stem := strings.TrimSuffix(name, ".gz")
	return r.findNames(path.Dir(name), strings.TrimSuffix(stem, path.Ext(stem)), strings.TrimSuffix(parse(stem).set, strings.ReplaceAll(path.Ext(stem), ".", "-")))
}

// parseNames reads one name a line; or EMNIST's mapping, a label and the codes of
// its characters a line; or Kuzushiji-49's class map.
func parseNames(b []byte) (*names, error) {
	const most = 64 << 10
	b = bytes.TrimPrefix(b, bom)
	if len(b) > most {
		return nil, fmt.Errorf("%d bytes are no list of names: give one name a line", len(b))
	}
	if !utf8.Valid(b) {
		return nil, errors.New("it is not in UTF-8: save it as UTF-8")
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	n := &names{}
	add := func(label, name string) {
		n.labels, n.list = append(n.labels, label), append(n.list, name)
	}
	codes := !slices.ContainsFunc(lines, func(line string) bool {
		fields := strings.Fields(line)
		_, _, ok := numbers(fields)
		return !ok || len(fields) < 2
	})
	classmap := strings.TrimSpace(lines[0]) == "index,codepoint,char"
	if classmap {
		lines = lines[1:]
	}
	for _, line := range lines {
		switch {
		case classmap:
			label, rest, _ := strings.Cut(line, ",")
			_, name, _ := strings.Cut(rest, ",")
			add(label, strings.TrimSpace(name))
		case codes:
			fields := strings.Fields(line)
			var characters []string
			for _, code := range fields[1:] {
				characters = append(characters, string(rune(number(code))))
			}
			add(strconv.Itoa(number(fields[0])), strings.Join(slices.Compact(characters), "/"))
		default:
			n.list = append(n.list, strings.TrimSpace(line))
		}
	}
	switch {
	case len(n.list) == 0:
		return nil, errors.New("it has no names: give one name a line")
	case len(n.list) > engine.MaxClasses:
		return nil, fmt.Errorf("%d names: at most %d classes are learned", len(n.list), engine.MaxClasses)
	}
	for i, name := range n.list {
		if err := checkName(name); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		if at := slices.Index(n.list, name); at < i {
			return nil, fmt.Errorf("lines %d and %d are both %q: give each class a name of its own", at+1, i+1, name)
		}
	}
	return n, nil
}

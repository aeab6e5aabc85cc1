package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine is where a measurement was made.
type machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	GOOS   string `json:"goos"`
	GOARCH string `json:"goarch"`
	Go     string `json:"go"`
}

func thisMachine() machine {
	version, _, _ := strings.Cut(runtime.Version(), "-") // experiments follow
	return machine{processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, version}
}

func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %s/%s, %s", m.CPU, m.Cores, m.GOOS, m.GOARCH, m.Go)
}

// processor returns the processor's name as Linux has it. For a virtual
// machine, which may name only the maker, family and model are added.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	defer f.Close()
	fields := map[string]string{}
	for s := bufio.NewScanner(f); s.Scan(); {
		key, value, _ := strings.Cut(s.Text(), ":")
		if key = strings.TrimSpace(key); fields[key] == "" {
			fields[key] = strings.TrimSpace(value)
		}
	}
	name := fields["model name"]
	if name == "" {
		return "unknown processor"
	}
	if !strings.ContainsAny(name, "0123456789") && fields["model"] != "" {
		name += fmt.Sprintf(" (family %s, model %s)", fields["cpu family"], fields["model"])
	}
	return name
}

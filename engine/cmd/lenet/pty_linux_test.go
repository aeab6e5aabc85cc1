package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// terminal is a program that runs on a terminal of its own.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	said   bytes.Buffer
}

// openTerminal returns the two ends of a terminal, 24 lines of 200 characters.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("NOT TESTED: no terminals here: ", err)
	}
	t.Cleanup(func() { master.Close() })
	ioctl := func(request uintptr, p unsafe.Pointer) {
		t.Helper()
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(p)); errno != 0 {
			t.Fatal(errno)
		}
	}
	var number, unlock int32
	ioctl(syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	ioctl(syscall.TIOCGPTN, unsafe.Pointer(&number))
	size := [4]uint16{24, 200}
	ioctl(syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

// startTerminal runs a program with a terminal for all three of its files.
func startTerminal(t *testing.T, environment []string, dir, name string, args ...string) *terminal {
	t.Helper()
	master, slave := openTerminal(t)
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	cmd.Env, cmd.Dir = append(os.Environ(), environment...), dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return &terminal{t: t, cmd: cmd, master: master}
}

// types sends keys.
func (x *terminal) types(keys string) {
	x.t.Helper()
	if _, err := x.master.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// until reads up to a text, and returns all that came before.
func (x *terminal) until(text string) string {
	x.t.Helper()
	buf := make([]byte, 4096)
	for {
		if before, after, ok := strings.Cut(x.said.String(), text); ok {
			x.said.Reset()
			x.said.WriteString(after)
			return before
		}
		n, err := x.master.Read(buf)
		if n == 0 && err != nil {
			x.t.Fatalf("%v before %q, after %q", err, text, &x.said)
		}
		x.said.Write(buf[:n])
	}
}

// What goes to stdout is the same whether stderr is a terminal, which gets a bar
// besides, or not; a terminal that takes no escape sequences gets none.
func TestStdoutIsTheSameOnATerminal(t *testing.T) {
	args := []string{"train", "--preset", "quick", "--epochs", "2", "--seed", "5"}
	speeds := regexp.MustCompile(`\d+(\.\d+)? (examples/sec|s )`)
	plain := speeds.ReplaceAllString(good(t, args...), "")
	for _, c := range []struct {
		environment string
		bar         bool
	}{{"TERM=xterm", true}, {"TERM=dumb", false}, {"TERM=", false}, {"NO_COLOR=1", false}} {
		master, slave := openTerminal(t)
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), "NO_COLOR=", "TERM=xterm", c.environment)
		var stdout bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, slave
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		slave.Close()
		shown, _ := io.ReadAll(master) // until the program has ended
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v: %s", err, shown)
		}
		if got := speeds.ReplaceAllString(stdout.String(), ""); got != plain {
			t.Errorf("%s: stdout\n%s\nwithout a terminal\n%s", c.environment, got, plain)
		}
		if bar := bytes.ContainsAny(shown, "\x1b\r━"); bar != c.bar || !c.bar && len(shown) > 0 {
			t.Errorf("%s: stderr %q", c.environment, shown)
		}
	}
}

// On one terminal for both, the lines stand alone and the bar is gone in the end.
func TestBarOnTheSameTerminal(t *testing.T) {
	x := startTerminal(t, []string{"TERM=xterm", "NO_COLOR="}, t.TempDir(), program, "train", "--preset", "quick", "--epochs", "2")
	screen := ""
	for row := range strings.SplitSeq(x.until("over all"), "\r\n") {
		drawn := strings.Split(row, eraseLine)
		screen += drawn[len(drawn)-1] + "\n"
	}
	if m := d2lLines.FindStringSubmatch(strings.TrimSuffix(screen, "\n") + "over all\n"); m == nil || m[1] == "" {
		t.Errorf("on the screen:\n%s", screen)
	}
}

package boundaries

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A registry that sends another package than the one that is wanted, with a
// hash that fits it, does not get it onto the machine.
func TestFalseRegistry(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not installed")
	}
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for name, text := range map[string]string{"package/package.json": `{"name":"tool","version":"1.0.0","scripts":{"prepack":"touch ran","install":"touch ran"}}`, "package/tool.js": "other"} {
		tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))})
		tw.Write([]byte(text))
	}
	tw.Close()
	zw.Close()
	sum := sha512.Sum512(b.Bytes())
	hash := "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	var registry *httptest.Server
	registry = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".tgz") {
			w.Write(b.Bytes())
			return
		}
		version := map[string]any{"name": "tool", "version": "1.0.0", "dist": map[string]string{"tarball": registry.URL + "/tool-1.0.0.tgz", "integrity": hash}}
		json.NewEncoder(w).Encode(map[string]any{"name": "tool", "dist-tags": map[string]string{"latest": "1.0.0"}, "versions": map[string]any{"1.0.0": version}})
	}))
	defer registry.Close()
	for _, c := range []struct {
		hash  string
		files int
	}{{hash, 1}, {"sha512-" + base64.StdEncoding.EncodeToString(make([]byte, 64)), 0}} {
		dir := t.TempDir()
		cmd := exec.Command(".ci/pack", dir, "tool@1.0.0", c.hash)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "npm_config_registry="+registry.URL, "npm_config_cache="+t.TempDir(), "npm_config_update_notifier=false")
		msg, err := cmd.CombinedOutput()
		if (err == nil) != (c.files == 1) || err != nil && !strings.Contains(string(msg), "another tool@1.0.0") {
			t.Errorf("%s: %v: %s", c.hash, err, msg)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != c.files {
			t.Errorf("%s: %v, %v, want %d", c.hash, entries, err, c.files)
		}
	}
}

// What is fetched for the tests by npm is pinned by its hash.
func TestPinned(t *testing.T) {
	data, err := os.ReadFile(root + "/.ci/tools")
	if err != nil {
		t.Fatal(err)
	}
	packs := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(strings.TrimSpace(line), ".ci/pack ") {
			packs++
			if f := strings.Fields(line); len(f) != 4 || !strings.HasPrefix(f[3], "sha512-") {
				t.Errorf("no hash: %s", line)
			}
		} else if strings.Contains(line, "npm pack") || strings.Contains(line, "npm install") || strings.Contains(line, "npx ") {
			t.Errorf("fetched without a hash: %s", line)
		}
	}
	if packs == 0 {
		t.Error("nothing is fetched")
	}
}

// Package foreign tells what a file is that is not the one expected, by its
// first bytes, so that an error can say so and how to go on.
package foreign

import (
	"bytes"
	"unicode/utf8"
)

// magics are the first bytes of formats, and what to say about each.
var magics = []struct {
	at    int
	magic string
	what  string
}{
	{0, "version https://git-lfs", "a Git LFS pointer, not the file itself: run git lfs pull where it came from"},
	{0, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", "of torch.save's old format: load it in PyTorch and save net.state_dict() with torch.save or safetensors"},
	{0, "\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes it (.h5): save its weights with safetensors or numpy.savez, in PyTorch's shapes"},
	{0, "\x93NUMPY", "a NumPy array (.npy): weights are ten arrays, as numpy.savez writes them (.npz)"},
	{0, "PK\x03\x04", "a zip archive"},
	{0, "\x1f\x8b", "compressed with gzip: unpack it first"},
	{0, "BZh", "compressed with bzip2: unpack it first"},
	{0, "\xfd7zXZ\x00", "compressed with xz: unpack it first"},
	{0, "\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"},
	{0, "Rar!", "a RAR archive: unpack it first"},
	{257, "ustar", "a tar archive: unpack it first"},
	{4, "TFL3", "a TensorFlow Lite model"},
	{0, "GGUF", "a GGUF model"},
	{0, "%PDF", "a PDF document"},
	{0, "\x89PNG\r\n\x1a\n", "a PNG picture"},
	{0, "\xff\xd8\xff", "a JPEG picture"},
	{0, "GIF8", "a GIF picture"},
	{0, "BM", "a BMP picture"},
	{0, "II*\x00", "a TIFF picture: convert it to PNG"},
	{0, "MM\x00*", "a TIFF picture: convert it to PNG"},
	{8, "WEBP", "a WebP picture: convert it to PNG"},
	{4, "ftypheic", "a HEIC picture: convert it to JPEG or PNG"},
	{4, "ftypheix", "a HEIC picture: convert it to JPEG or PNG"},
	{4, "ftypmif1", "a HEIC picture: convert it to JPEG or PNG"},
	{4, "ftypavif", "an AVIF picture: convert it to PNG"},
	{0, "\x00\x00\x01\x00", "an icon (.ico): convert it to PNG"},
	{0, "\x7fELF", "a program"},
}

// What returns what the file is, as the end of a sentence, or "" when it is
// not known.
func What(file []byte) string {
	for _, m := range magics {
		if len(file) >= m.at && bytes.HasPrefix(file[m.at:], []byte(m.magic)) {
			return m.what
		}
	}
	if len(bytes.TrimSpace(file)) == 0 {
		return "empty"
	}
	start := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(file[:min(len(file), 512)], []byte("\xef\xbb\xbf"))))
	switch {
	case bytes.HasPrefix(start, []byte("<svg")), bytes.HasPrefix(start, []byte("<?xml")) && bytes.Contains(start, []byte("<svg")):
		return "an SVG picture: convert it to PNG"
	case bytes.HasPrefix(start, []byte("<!doctype")), bytes.HasPrefix(start, []byte("<html")), bytes.HasPrefix(start, []byte("<head")):
		return "a web page, not the file itself: a link was saved, or the server answered with an error"
	case bytes.HasPrefix(start, []byte("<")):
		return "XML, perhaps a server's error message: fetch the file again"
	case len(file) > 1 && file[0] == 0x80 && file[1] >= 2 && file[1] <= 5:
		return "a Python pickle, which can run any code and is not read: save the weights with safetensors, torch.save or numpy.savez"
	case isONNX(file):
		return "an ONNX model, which lenet writes and does not read"
	case isText(file):
		return "text"
	}
	return ""
}

// isONNX sees a protobuf message that begins with a version (field 1), and then
// has a text or the graph (fields 2 to 8), as a ModelProto does.
func isONNX(b []byte) bool {
	return len(b) > 4 && b[0] == 0x08 && b[1] >= 1 && b[1] < 32 && b[2]&7 == 2 && b[2]>>3 >= 2 && b[2]>>3 <= 8
}

// isText sees UTF-8 without control characters in the first bytes.
func isText(b []byte) bool {
	b = b[:min(len(b), 512)]
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && len(b) >= utf8.UTFMax || r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		b = b[n:]
	}
	return true
}

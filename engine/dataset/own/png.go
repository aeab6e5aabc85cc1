package own

import (
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"

	"lenet/engine"
)

// appendPNG appends an image as a PNG file of grey pixels. They are stored rather
// than compressed, which takes 881 bytes: the page's worker writes pictures, too,
// and deflate's compressor would add 50 KB to it.
func appendPNG(b, pixels []byte) []byte {
	big := binary.BigEndian
	chunk := func(kind string, content []byte) {
		b = big.AppendUint32(b, uint32(len(content)))
		start := len(b)
		b = append(append(b, kind...), content...)
		b = big.AppendUint32(b, crc32.ChecksumIEEE(b[start:]))
	}
	const side = engine.Side
	rows := make([]byte, 0, side*(side+1))
	for y := range side {
		rows = append(append(rows, 0), pixels[y*side:][:side]...) // 0: not filtered
	}
	head := big.AppendUint32(big.AppendUint32(nil, side), side)
	b = append(b, "\x89PNG\r\n\x1a\n"...)
	chunk("IHDR", append(head, 8, 0, 0, 0, 0)) // 8 bits, grey
	z := []byte{0x78, 1, 1}                    // zlib's header; one stored block, the last
	z = binary.LittleEndian.AppendUint16(z, uint16(len(rows)))
	z = binary.LittleEndian.AppendUint16(z, ^uint16(len(rows)))
	z = big.AppendUint32(append(z, rows...), adler32.Checksum(rows))
	chunk("IDAT", z)
	chunk("IEND", nil)
	return b
}

package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
)

// loadCertificate reads a certificate and its key; no names, no certificate.
func loadCertificate(cert, key string) (*tls.Certificate, error) {
	if cert == "" && key == "" {
		return nil, nil
	}
	if cert == "" || key == "" {
		return nil, errors.New("HTTPS takes both -cert and -key")
	}
	certPEM, err := readPEM("-cert", cert)
	if err != nil {
		return nil, err
	}
	keyPEM, err := readPEM("-key", key)
	if err != nil {
		return nil, err
	}
	c, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("-cert %s -key %s: %w", cert, key, err)
	}
	return &c, nil
}

const maxPEM = 1 << 20

// readPEM reads a file of at most maxPEM bytes. Others than regular files are
// refused: they may have no end, or wait for a writer.
func readPEM(option, name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", option, name, err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxPEM {
		return nil, fmt.Errorf("%s %s: want a PEM file of at most 1 MB", option, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", option, err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxPEM))
}

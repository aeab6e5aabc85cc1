// Server serves the LeNet playground: the page that is built into the binary,
// or a directory made by "make dist". It keeps no state and needs nothing else.
package main

import (
	"context"
	"crypto/tls"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"lenet/engine/dataset"
	"lenet/server/site"
)

//go:embed all:dist
var embedded embed.FS

const usage = `Server serves the LeNet playground over HTTP.

Usage:

	server [-addr HOST:PORT] [-dir DIR] [-data DIR] [-frame-ancestors ORIGINS]
	       [-cert FILE -key FILE] [-log] [-connections N]
	server -qr LINK > link.svg
	server -version
	server -sbom

Start it and open the address that it prints. The page is built into the
binary; nothing is fetched from elsewhere. It stops on Ctrl-C, letting
downloads finish.

	server                              only this machine, port 8080
	server -addr 127.0.0.1:0            any free port
	server -addr :8080                  a classroom: prints the address in this
	                                    network, and a QR code of it
	server -dir dist                    a bundle made by "make dist"
	server -frame-ancestors "'self' https://course.example.org"
	                                    only that site may embed the page
	server -cert cert.pem -key key.pem -addr :8443
	                                    over HTTPS, with a certificate of yours
	server -qr 'https://example.org/lenet/#lesson=conv.1' > conv.svg
	                                    a link as a QR code, for a slide or for
	                                    paper

The presets that train on all 60,000 images load them from data/full/ of this
server, which looks where "lenet data list" looks. Without them the page trains
on the subset that it brings along.

A client has 5 seconds to send its request, and a download goes on as long as
some of it is taken in 90 seconds: slow lines finish, stuck ones are cut off.
One address has three quarters of the connections at most; where there is no
room, a connection that is idle gives way.

GET /healthz answers "ok" and the version, for monitoring.

Flags:
`

func main() {
	log.SetFlags(0)
	log.SetPrefix("server: ")
	signal.Ignore(syscall.SIGPIPE) // standard error may be a pipe that nobody reads any more
	switch err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		log.Fatal(err)
	}
}

// run serves until ctx ends or an interrupt or termination comes, which end it
// at once until it listens. It prints the page's address once it does.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8080", "`host:port` to listen on")
	dir := flags.String("dir", "", "serve the bundle in this `directory` instead of the built-in one")
	data := flags.String("data", "", "look for the full training sets only in this `directory`, below "+strings.Join(dataset.Names(), " and "))
	qrLink := flags.String("qr", "", "write this `link` as a QR code in SVG, and serve nothing")
	ancestors := flags.String("frame-ancestors", "*", "`origins` whose pages may embed this one")
	cert := flags.String("cert", "", "serve HTTPS with the certificate in this PEM `file`, followed by those up to the root")
	key := flags.String("key", "", "the certificate's private key, a PEM `file`")
	requests := flags.Bool("log", false, "write a line of JSON for each request to standard error: no addresses, no queries")
	tellVersion := flags.Bool("version", false, "print the version and the build of the page, and serve nothing")
	listParts := flags.Bool("sbom", false, "print what this program was made of as a CycloneDX bill of materials, and serve nothing")
	limit := defaultLimits()
	flags.IntVar(&limit.connections, "connections", limit.connections, "most `connections` at once, and half of the most requests; others wait for their turn")
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: use flags, see -help", flags.Arg(0))
	}

	if *qrLink != "" {
		return writeQR(stdout, *qrLink)
	}
	if limit.connections < 1 {
		return fmt.Errorf("-connections %d: allow 1 or more", limit.connections)
	}
	if err := checkAddress(*addr); err != nil {
		return err
	}
	certificate, err := loadCertificate(*cert, *key)
	if err != nil {
		return err
	}
	operator := newNotes(stderr)

	bundle, err := fs.Sub(embedded, "dist")
	if err != nil {
		return err
	}
	if *dir != "" {
		folder, err := openFolder(*dir)
		if err != nil {
			return fmt.Errorf("-dir %s: %w", *dir, err)
		}
		defer folder.Close()
		bundle = folder
	}
	handler, err := site.New(bundle, site.Options{FrameAncestors: *ancestors, Data: *data, Log: operator})
	switch {
	case *listParts && (err == nil || errors.Is(err, site.ErrNoBundle) && *dir == ""):
		return writeSBOM(stdout, bundle, handler)
	case errors.Is(err, site.ErrNoBundle) && *dir == "":
		return errors.New("this binary was built without the page: build it with \"make build\", or serve a directory made by \"make dist\" with -dir dist")
	case err != nil && *dir != "":
		return fmt.Errorf("-dir %s: %w; make a bundle with \"make dist\"", *dir, err)
	case err != nil:
		return err
	}

	if *tellVersion {
		fmt.Fprintf(stdout, "server %s\n", version(handler.Build()))
		return nil
	}
	handler.Version = version

	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return listenError(*addr, err)
	}
	scheme := "http"
	if certificate != nil {
		scheme = "https"
	}
	fmt.Fprintf(stdout, "LeNet playground: %s (Ctrl-C stops)\n", address(scheme, listener.Addr()))
	interfaces, err := net.InterfaceAddrs()
	if err == nil {
		err = invite(stdout, lanURLs(scheme, listener.Addr(), interfaces))
	}
	if err != nil {
		operator.Printf("the addresses in this network are not known: %v", err)
	}
	var requestLog *slog.Logger
	if *requests {
		requestLog = slog.New(slog.NewJSONHandler(stderr, nil))
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends it at once
	return serve(ctx, listener, guard(handler, limit, requestLog, operator), limit, certificate, operator)
}

// serve answers requests until ctx ends, then lets those under way finish, as
// long as the limits say. Without a certificate it speaks plain HTTP. What
// net/http has to say goes to the operator.
func serve(ctx context.Context, l net.Listener, h http.Handler, limit limits, certificate *tls.Certificate, operator *log.Logger) error {
	guests := newGuests(l, limit.connections)
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: limit.header,
		ReadTimeout:       limit.read,
		IdleTimeout:       limit.idle,
		MaxHeaderBytes:    limit.headerBytes,
		ConnState:         guests.changed,
		ErrorLog:          operator,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          limit.streams,
			MaxReceiveBufferPerConnection: 64 << 10, // requests have no body
			MaxReceiveBufferPerStream:     16 << 10,
			WriteByteTimeout:              limit.write,
		},
	}
	failed := make(chan error, 1)
	go func() {
		if certificate == nil {
			failed <- srv.Serve(guests)
			return
		}
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}}
		failed <- srv.ServeTLS(guests, "", "")
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.Background(), limit.stop)
	defer cancel()
	guests.dismissSilent()
	if err := srv.Shutdown(last); err != nil {
		return errors.Join(fmt.Errorf("stopped before every download had finished: %w", err), srv.Close())
	}
	return nil
}

// address returns the URL to open for a listener's address.
func address(scheme string, a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/"
}

// checkAddress refuses an address without a port: it would be served on every
// address of this machine, or on a port of the system's choice, without a word.
func checkAddress(addr string) error {
	if _, port, err := net.SplitHostPort(addr); err != nil || port == "" {
		return fmt.Errorf("-addr %q: want host:port, as in 127.0.0.1:8080; :8080 is every address of this machine, port 0 any free one", addr)
	}
	return nil
}

// listenError says what to do about an address that cannot be listened on.
func listenError(addr string, err error) error {
	const windowsInUse = syscall.Errno(10048) // WSAEADDRINUSE, which package syscall does not name
	host, port, _ := net.SplitHostPort(addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, windowsInUse):
		next := "8081"
		if n, err := strconv.Atoi(port); err == nil && n < 65535 {
			next = strconv.Itoa(n + 1)
		}
		return fmt.Errorf("port %s is taken by another program: choose another, as in -addr %s, or let the system choose with -addr %s",
			port, net.JoinHostPort(host, next), net.JoinHostPort(host, "0"))
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("port %s needs more rights than this user has: choose one above 1023, as in -addr %s", port, net.JoinHostPort(host, "8080"))
	}
	return fmt.Errorf("-addr %s: %w", addr, err)
}

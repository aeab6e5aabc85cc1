# LeNet playground. "make" lists what there is to make.

SHELL := /bin/bash
# The toolchain and the experiment that the SIMD kernels need. Any Go from 1.21
# on fetches this one.
export GOTOOLCHAIN := go1.27.3
export GOEXPERIMENT := simd
# No path of this machine in what is built: the same source, the same bytes.
export GOFLAGS += -trimpath

# Where "make run" listens.
ADDR ?= 127.0.0.1:8080
# How long "make fuzz" fuzzes each of its targets.
FUZZTIME ?= 20s
# Where "make screenshots" puts its pictures.
SHOTS ?= .cache/screenshots

# Packages whose tests run as WebAssembly too: all that a browser runs. The first
# ones have two forms, with vector instructions and without.
WASM_ENGINE := ./engine ./engine/cpu ./engine/inspect ./wasm/worker
WASM_PACKAGES := $(WASM_ENGINE) ./engine/explain ./engine/familiar ./engine/idx ./engine/dataset ./engine/safetensors ./engine/pen ./wasm/protocol ./wasm/view
# What only builds as WebAssembly, or is there to be, and has no tests of its own.
WASM_PROGRAMS := ./wasm/playground ./wasm/cmd/playground ./wasm/cmd/worker ./wasm/cmd/speed
GO_DIRS := assets engine server wasm
# Directory and name of each.
FUZZ_TARGETS = $(shell grep -r --include='*_test.go' -o '^func Fuzz[A-Za-z]*' $(GO_DIRS) | sed 's#/[^/]*:func # #' | sort)
# Vector widths, in bits, that the native kernels choose from at run time; 0 is
# the portable fallback.
SIMD_WIDTHS := 0 128 256 512
# NVIDIA's assembler for the tests, where it is not installed: put there by "make tools".
export LENET_PTXAS ?= $(if $(shell command -v ptxas),,$(CURDIR)/.cache/cuda/ptxas)

.PHONY: help dev build lenet wasm dist run test tools check unit unit-simd unit-race unit-arm64 unit-wasm browser-page browser reproducible fuzz fuzz-short bench weights screenshots ptx test-gpu clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build all, serve the page on this machine and print its address
	bin/server -addr $(ADDR)

dev: ## serve the page, build it anew on every change and reload it where it is open
	go run ./server/cmd/dev -addr $(ADDR)

build: lenet wasm ## build bin/lenet and bin/server, the page inside it
	go build -ldflags="-s -w" -o bin/server ./server

lenet: ## build the command-line program, bin/lenet; with a C compiler it can use a GPU
	go build -ldflags="-s -w" -o bin/lenet ./engine/cmd/lenet

wasm: ## build the page into server/dist, from where the server embeds it
	go run ./wasm/cmd/bundle -quick -out server/dist

dist: ## make dist/, the page for any static host; FULL=1 adds the full training sets
	go run ./wasm/cmd/bundle -out dist $(if $(FULL),-full)

# What measures no time goes side by side, with what it says in one piece each.
test: tools wasm ## run every check and test; on Debian, as root, installs what they need
	$(MAKE) -j2 $(if $(filter output-sync,$(.FEATURES)),-O) unit check unit-wasm browser-page unit-simd unit-race unit-arm64 fuzz-short reproducible
	$(MAKE) browser
	@echo "All checks and tests passed."

tools: # what the tests need beside Go
	.ci/tools

check: # formatting, vet, and generated code that is up to date
	@files=$$(gofmt -l $(GO_DIRS)) || exit 1; if [ -n "$$files" ]; then echo "gofmt these files:"; echo "$$files"; exit 1; fi
	go vet ./...
	GOBIN=$(CURDIR)/.cache go install honnef.co/go/tools/cmd/staticcheck@v0.8.2
	.cache/staticcheck ./...
	.ci/vulnerabilities
	GOOS=js GOARCH=wasm go vet $(WASM_PACKAGES) $(WASM_PROGRAMS)
	GOOS=js GOARCH=wasm .cache/staticcheck $(WASM_PROGRAMS)
	node .cache/typescript/lib/tsc.js -p wasm/page/jsconfig.json
	GOEXPERIMENT=nosimd go vet ./engine/... ./server/...
	GOARCH=arm64 go vet ./engine/... ./server/...

unit: # all tests natively, but for the kernels
	set -o pipefail; go test -vet=off -v -timeout 30m $$(go list ./... | grep -v -e /browsertest -e /engine/cpu$$) 2>&1 | .ci/summary "native"

unit-simd: # the kernels at every vector width and without SIMD
	for width in $(SIMD_WIDTHS); do \
		set -o pipefail; GODEBUG=simd=$$width go test -vet=off -v -timeout 30m ./engine/cpu 2>&1 | .ci/summary "kernels at $$width bits" || exit 1; done
	set -o pipefail; GOEXPERIMENT=nosimd go test -vet=off -v -timeout 30m ./engine ./engine/cpu 2>&1 | .ci/summary "kernels without SIMD"

unit-race: # what has threads under the race detector: the kernels, the GPU's host side, the program, and the server, but for what reads all of MNIST
	set -o pipefail; go test -race -short -vet=off -v -timeout 30m -run 'TestThreadBits|TestInference|TestEpoch|TestClose' ./engine/cpu 2>&1 | .ci/summary "race detector"
	set -o pipefail; go test -race -short -vet=off -v -timeout 30m -run 'TestProgressAndStop|TestEveryPart|TestHangs|TestLost' ./engine/cuda 2>&1 | .ci/summary "race detector, the GPU's host side"
	set -o pipefail; go test -race -short -vet=off -v -timeout 30m ./engine/augment ./engine/runlog ./engine/checkpoint 2>&1 | .ci/summary "race detector, what a run keeps"
	set -o pipefail; go test -race -short -vet=off -v -timeout 30m -run 'TestTrainJSON|TestPredictPictures' ./engine/cmd/lenet 2>&1 | .ci/summary "race detector, the program"
	set -o pipefail; go test -race -short -vet=off -v -timeout 30m -skip '^TestFullData(Index)?$$' ./server ./server/site 2>&1 | .ci/summary "race detector, the server"

unit-arm64: # the kernels for ARM, emulated
	@if ! command -v qemu-aarch64 >/dev/null; then \
		echo "NOT TESTED: the kernels for ARM; qemu-aarch64 is not installed"; [ "$(CI)" != true ]; exit; \
	fi; set -o pipefail; GOARCH=arm64 go test -exec qemu-aarch64 -short -vet=off -v -timeout 30m \
		-run 'Kernels|Curves|SpecialValues|Softmax|ReproducibleBits' ./engine/cpu 2>&1 | .ci/summary "arm64, emulated"

unit-wasm: # what a browser runs, under node, with SIMD and without
	export PATH="$$PATH:$$(go env GOROOT)/lib/wasm" GOOS=js GOARCH=wasm; set -o pipefail; \
	go test -vet=off -v -timeout 30m $(WASM_PACKAGES) 2>&1 | .ci/summary "js/wasm" && \
	GOEXPERIMENT=nosimd go test -vet=off -v -timeout 30m $(WASM_ENGINE) ./wasm/protocol 2>&1 | .ci/summary "js/wasm without SIMD"

browser-page: # the page as the browser tests want it, well compressed: they find it in the cache
	go run ./wasm/cmd/bundle -out .cache/browsertest

browser: # the page in Chromium, by itself: it measures times
	set -o pipefail; go test -vet=off -v -timeout 30m -parallel 3 ./server/browsertest 2>&1 | .ci/summary "browser"

reproducible: ## build the last commit in two directories, and compare every byte
	.ci/reproducible

fuzz: ## fuzz each parser, and the kernels, FUZZTIME long; what fails is kept as a seed
	@echo $(FUZZ_TARGETS) | xargs -n 2 .ci/fuzz $(FUZZTIME)

fuzz-short: # the same for 20 seconds each, four at a time, with inputs that are changed blindly
	@echo $(FUZZ_TARGETS) | UNGUIDED=1 xargs -n 2 -P 4 .ci/fuzz 20s

bench: lenet wasm ## hold the speed against PyTorch and in a browser, as Markdown; about 4 minutes
	GOOS=js GOARCH=wasm go build -ldflags="-s -w" -o .cache/bench/speed.wasm ./wasm/cmd/speed
	GOOS=js GOARCH=wasm GOEXPERIMENT=nosimd go build -ldflags="-s -w" -o .cache/bench/speed-scalar.wasm ./wasm/cmd/speed
	cp -f "$$(go env GOROOT)/lib/wasm/wasm_exec.js" .cache/bench/
	@bin/lenet bench --table --programs .cache/bench
	@echo; echo 'Training in the page, its workers exchanging gradients after every step:'; echo; echo '```'
	@go run ./server/cmd/pagespeed -rounds 3 || echo "Not measured: the page"
	@echo '```'

weights: lenet ## train the embedded weights again
	bin/lenet weights

screenshots: wasm ## picture the page at three sizes, light and dark, into SHOTS
	go run ./server/cmd/screenshots -out $(SHOTS)

ptx: ## compile the GPU kernels again, with clang-19, into engine/cuda/kernels.ptx
	engine/cuda/tools/ptx.sh

test-gpu: ## on a machine with an NVIDIA GPU: test on it, and measure beside PyTorch
	engine/cuda/tools/test-gpu.sh

clean: ## remove what was built
	rm -rf bin dist .cache
	find server/dist -mindepth 1 ! -name .gitignore -delete

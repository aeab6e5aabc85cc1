#!/bin/sh
# Builds the emulator: a libcuda.so.1 that runs kernels.cu on the processor.
#
# usage: emulator.sh OUT.so [g++ options...]
# CXX names the compiler. With no options: -O3 -march=native.
set -eu
out=$(realpath "$1")
shift
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- -O3 -march=native
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
for source in kernels.cu emulator/grid.cpp emulator/driver.cpp; do
	"${CXX:-g++}" -std=c++17 -fPIC -ffp-contract=fast -fvisibility=hidden -Wall -Wextra -Wno-unknown-pragmas "$@" \
		-DLENET_EMULATOR -c -x c++ "$source" -o "$objects/$(basename "$source").o" &
	jobs="${jobs:-} $!"
done
for job in $jobs; do wait "$job"; done
"${CXX:-g++}" -shared "$@" -o "$out" "$objects"/*.o -lpthread

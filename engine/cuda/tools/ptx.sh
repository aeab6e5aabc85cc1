#!/bin/sh
# Compiles kernels.cu to PTX with clang, which needs no CUDA toolkit.
#
# usage: ptx.sh [OUT.ptx]   (kernels.ptx beside kernels.cu when not given)
# CLANG names the compiler. The committed kernels.ptx is clang 19's.
# Multiply-adds are fused where the source writes them as one expression and nowhere
# else, here or in the driver: so all kernels round alike.
set -eu
cd "$(dirname "$0")/.."
exec "${CLANG:-clang-19}" -x cuda --cuda-device-only --cuda-gpu-arch=sm_75 -nocudainc -nocudalib \
	-O3 -std=c++17 -fdeclspec -ffp-contract=on -Xclang -target-feature -Xclang +ptx63 \
	-Wall -Wextra -S -o "${1:-kernels.ptx}" kernels.cu

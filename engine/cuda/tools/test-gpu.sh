#!/bin/sh
# On a machine with an NVIDIA GPU: runs the tests on the real driver, again under
# compute-sanitizer where it is installed, and measures every schedule beside
# PyTorch where that is installed with CUDA.
#
# usage: test-gpu.sh      PYTHON names the interpreter that has PyTorch (python3)
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LENET_TEST_GPU=1
unset LENET_LIBCUDA
nvidia-smi --query-gpu=name,driver_version,memory.total,power.limit --format=csv || echo "nvidia-smi is not installed" >&2

echo "== tests on the GPU"
go test -c -o "$work/cuda.test" .
"$work/cuda.test" -test.v -test.skip 'TestMeasure'

echo "== compute-sanitizer"
if command -v compute-sanitizer >/dev/null; then
	for tool in memcheck racecheck initcheck synccheck; do
		echo "-- $tool"
		compute-sanitizer --tool "$tool" --error-exitcode 9 "$work/cuda.test" -test.run 'TestSameBits|TestAgreesWithCPU/(relu-max|sigmoid-avg)'
	done
else
	echo "compute-sanitizer is not installed: it comes with the CUDA toolkit"
fi

echo "== speed"
if "${PYTHON:-python3}" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
	"${PYTHON:-python3}" bench/torch_gpu_baseline.py --batch 64 256 1024 >"$work/torch.jsonl" 2>"$work/torch.log" || cat "$work/torch.log"
	export LENET_TORCH="$work/torch.jsonl"
else
	echo "PyTorch with CUDA is not installed: only this program is measured"
fi
"$work/cuda.test" -test.v -test.run 'TestMeasure'

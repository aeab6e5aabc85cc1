#!/bin/sh
# On a machine with an NVIDIA GPU: runs the tests on the real driver, again under
# compute-sanitizer where it is installed, holds the GPU against PyTorch's oracles,
# and measures every design beside PyTorch where that is installed with CUDA. A
# part that fails does not keep the others from running.
#
# usage: test-gpu.sh [DIR]   PYTHON names the interpreter that has PyTorch (python3)
#
# A GPU machine without Go gets the programs from DIR, made elsewhere by
#   go test -c -o DIR/cuda.test ./engine/cuda && go build -o DIR/lenet ./engine/cmd/lenet
set -u
programs=${1:+$(cd "$1" && pwd)} || exit 1
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GOTOOLCHAIN="${GOTOOLCHAIN:-go1.27.3}" GOEXPERIMENT="${GOEXPERIMENT:-simd}" CGO_ENABLED=1 LENET_TEST_GPU=1
unset LENET_LIBCUDA
failed=""

part() { # part TITLE COMMAND...
	title=$1
	shift
	echo "== $title"
	"$@" || failed="$failed
  $title"
}

if [ -z "$programs" ]; then
	programs=$work
	go test -c -o "$programs/cuda.test" . && go build -o "$programs/lenet" ../cmd/lenet || exit 1
fi
nvidia-smi --query-gpu=name,driver_version,memory.total,power.limit --format=csv || echo "nvidia-smi is not installed" >&2
"$programs/lenet" gpu --epochs 0 || exit 1

part "tests on the GPU" "$programs/cuda.test" -test.v -test.skip TestMeasure
part "PyTorch's oracles" "$programs/lenet" verify --device cuda ../testdata/oracle/*.npz
part "speed" "$programs/lenet" gpu
if command -v compute-sanitizer >/dev/null; then
	# initcheck would report the records' padding, which is read and dropped. racecheck leaves out epoch2: it
	# takes for a race that, in the update, the two teams of a block wait at a barrier each, not equally often. The
	# same code has no hazard in gradients2, whose teams keep step, and in update, whose blocks have one team.
	for tool in memcheck "racecheck --kernel-name-exclude kernel_name=epoch2" synccheck; do
		part "compute-sanitizer $tool" compute-sanitizer --tool $tool --error-exitcode 9 "$programs/cuda.test" \
			-test.run 'TestSameBits|TestAgreesWithCPU/(relu-max|sigmoid-avg)'
	done
else
	echo "compute-sanitizer is not installed: it comes with the CUDA toolkit"
fi
if "${PYTHON:-python3}" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
	"${PYTHON:-python3}" bench/torch_gpu_baseline.py --batch 64 256 1024 >"$work/torch.jsonl" 2>"$work/torch.log" || cat "$work/torch.log"
	export LENET_TORCH="$work/torch.jsonl"
else
	echo "PyTorch with CUDA is not installed: only this program is measured"
fi
part "speed beside PyTorch" "$programs/cuda.test" -test.v -test.run TestMeasure
[ -z "$failed" ] || {
	echo "Failed:$failed"
	exit 1
}

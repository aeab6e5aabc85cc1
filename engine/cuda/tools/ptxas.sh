#!/bin/sh
# Puts NVIDIA's assembler into a folder and prints its path. On Debian it is
# taken out of the package nvidia-cuda-toolkit (component non-free), which is
# unpacked and never installed: its dependencies are 5 GB.
#
# usage: ptxas.sh FOLDER
set -eu
dir=$1
if command -v ptxas >/dev/null 2>&1; then command -v ptxas; exit; fi
if [ -x "$dir/usr/lib/nvidia-cuda-toolkit/bin/ptxas" ]; then echo "$dir/usr/lib/nvidia-cuda-toolkit/bin/ptxas"; exit; fi
[ "$(id -u)" = 0 ] && [ -f /etc/apt/sources.list.d/debian.sources ] || {
	echo "ptxas.sh: no ptxas: install the CUDA toolkit, or run as root on Debian 12 or later" >&2; exit 1; }
mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
dir=$(cd "$dir" && pwd)
# The machine's own sources with one more component, seen by these commands only.
sed 's/^Components:.*/Components: main non-free/' /etc/apt/sources.list.d/debian.sources >"$dir/all.sources"
apt="-o Dir::Etc::sourcelist=$dir/all.sources -o Dir::Etc::sourceparts=- -o Dir::State::lists=$dir/lists -o Dir::Cache=$dir/cache -o APT::Sandbox::User=root"
cd "$dir"
apt-get $apt -qq update >&2
apt-get $apt -qq download nvidia-cuda-toolkit >&2
dpkg-deb --fsys-tarfile nvidia-cuda-toolkit_*.deb | tar -x ./usr/lib/nvidia-cuda-toolkit/bin/ptxas ./usr/bin/ptxas 2>/dev/null ||
	dpkg -x nvidia-cuda-toolkit_*.deb .
rm -rf lists cache nvidia-cuda-toolkit_*.deb
find "$dir" -type f -name ptxas | head -1

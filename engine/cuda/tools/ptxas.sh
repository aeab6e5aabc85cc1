#!/bin/sh
# Prints the path of NVIDIA's assembler: the installed one, or one that is put into
# FOLDER. On Debian that is taken out of the package nvidia-cuda-toolkit (component
# non-free; 84 MB to fetch), which is never installed: it depends on 5 GB.
#
# usage: ptxas.sh FOLDER
set -eu
dir=$1
if command -v ptxas; then exit; fi
if [ -f "$dir/ptxas" ]; then
	echo "$dir/ptxas"
	exit
fi
if ! command -v apt-get >/dev/null || ! grep -qs "^ID=debian" /etc/os-release; then
	echo "ptxas.sh: there is no ptxas: install the CUDA toolkit, or run this on Debian" >&2
	exit 1
fi
mkdir -p "$dir"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
# The machine's own sources with one more component, seen by these commands only.
mkdir "$work/sources"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.*; do
	[ ! -f "$file" ] || sed -E 's/^(Components:.*|deb .* main.*)/\1 non-free/' "$file" >"$work/sources/$(basename "$file")"
done
get() {
	apt-get -qq -o Dir::Etc::sourcelist=- -o Dir::Etc::sourceparts="$work/sources" -o Dir::State::lists="$work/lists" \
		-o Dir::Cache="$work/cache" -o APT::Sandbox::User=root -o Acquire::Retries=3 "$@" >&2
}
get update
(cd "$work" && get download nvidia-cuda-toolkit)
dpkg-deb --fsys-tarfile "$work"/nvidia-cuda-toolkit_*.deb | tar -xO ./usr/bin/ptxas >"$work/ptxas"
chmod 755 "$work/ptxas"
"$work/ptxas" --version >/dev/null
mv "$work/ptxas" "$dir/ptxas"
echo "$dir/ptxas"

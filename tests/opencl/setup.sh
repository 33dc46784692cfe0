#!/bin/sh
# Makes the root in which the OpenCL tests run: Debian 13 with PoCL 6, OpenCL on the CPU. Older PoCL, such as Debian 12's,
# lacks the generic address space that ILGPU needs. About 800 MB under $CALM_CACHE (default ~/.cache/calm); needs root and
# Debian's debootstrap, and downloads Debian packages.
set -eu

cache=${CALM_CACHE:-$HOME/.cache/calm}
root=$cache/opencl-root
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

if [ -e "$root/.complete" ]; then
    echo "OpenCL root: $root is there already."
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    echo "OpenCL root: needs root, to unpack a Debian system." >&2
    exit 1
fi
if ! command -v debootstrap >/dev/null; then
    echo "OpenCL root: installing debootstrap from Debian."
    apt-get update -q && apt-get install -qy debootstrap
fi

mkdir -p "$cache"
rm -rf "$root"
echo "OpenCL root: unpacking Debian 13 with PoCL into $root; the log is $cache/opencl-root.log."
debootstrap --variant=minbase --include=pocl-opencl-icd,ocl-icd-opencl-dev,libstdc++6,zlib1g \
    trixie "$root" "$mirror" >"$cache/opencl-root.log" 2>&1 || {
    tail -n 5 "$cache/opencl-root.log" >&2
    echo "OpenCL root: debootstrap failed." >&2
    exit 1
}
touch "$root/.complete"
echo "OpenCL root: ready."

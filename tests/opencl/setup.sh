#!/bin/sh
# Makes the root in which the OpenCL tests run, or brings an older one up to date:
#   tests/opencl/setup.sh           Debian 13 with PoCL 6 and Mesa's rusticl, both OpenCL on the CPU, OpenBLAS and CLBlast
#   tests/opencl/setup.sh --tools   for races.sh and compile.sh also clang, gcc and, from Debian 12, Oclgrind and Intel's compiler
# Up to 2.3 GB under $CALM_CACHE (default ~/.cache/calm); needs root and Debian's debootstrap, and downloads Debian packages.
set -eu

cache=${CALM_CACHE:-$HOME/.cache/calm}
root=$cache/opencl-root
log=$cache/opencl-root.log
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
packages="pocl-opencl-icd mesa-opencl-icd ocl-icd-opencl-dev libstdc++6 zlib1g libopenblas0-pthread libclblast1"
case ${1:-} in
'') ;;
--tools) packages="$packages gcc libc6-dev clang-19 libclc-19 oclgrind intel-opencl-icd" ;;
*) echo "setup.sh: $1: the only option is --tools." >&2 && exit 2 ;;
esac

fail() {
    [ ! -e "$log" ] || tail -n 5 "$log" >&2
    echo "OpenCL root: $1" >&2
    exit 1
}

# The root's record of what it holds is written last.
held=" $(cat "$root/.complete" 2>/dev/null || true) "
missing=
for package in $packages; do
    case $held in
    *" $package "*) ;;
    *) missing="$missing $package" ;;
    esac
done
if [ -z "$missing" ]; then
    echo "OpenCL root: $root is there already."
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    echo "OpenCL root: needs root, to unpack a Debian system." >&2
    exit 1
fi

mkdir -p "$cache"
if [ ! -e "$root/.complete" ]; then
    if ! command -v debootstrap >/dev/null; then
        echo "OpenCL root: installing debootstrap from Debian."
        apt-get update -q && apt-get install -qy debootstrap
    fi
    rm -rf "$root"
    echo "OpenCL root: unpacking Debian 13 into $root; the log is $log."
    debootstrap --variant=minbase trixie "$root" "$mirror" >"$log" 2>&1 || fail "debootstrap failed."
fi

echo "OpenCL root: adding drivers and compilers; the log is $log."
cp /etc/resolv.conf "$root/etc/resolv.conf"
echo "deb $mirror bookworm main" >"$root/etc/apt/sources.list.d/bookworm.list"
printf 'Package: *\nPin: release n=bookworm\nPin-Priority: 100\n' >"$root/etc/apt/preferences.d/bookworm"
unshare --mount --propagation private sh -c '
    set -eu
    root=$1
    shift
    mount --rbind /proc "$root/proc"
    mount --rbind /dev "$root/dev"
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
    chroot "$root" apt-get update -q
    chroot "$root" apt-get install -qy --no-install-recommends "$@"
    chroot "$root" apt-get clean
' sh "$root" $missing >>"$log" 2>&1 || fail "apt-get failed."
echo /usr/lib/oclgrind/liboclgrind-rt-icd.so >"$root/etc/OpenCL/oclgrind.icd" # not among vendors: it is chosen by name alone
echo $held $missing >"$root/.complete"
echo "OpenCL root: ready."

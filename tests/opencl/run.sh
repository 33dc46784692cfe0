#!/bin/sh
# Runs a command inside the OpenCL root, in this repository (its neighbours in sight, too) and with this machine's .NET:
#   tests/opencl/run.sh ./calm devices
# CALM_OPENCL chooses the driver, each of which is opencl:0 there:
#   pocl      PoCL 6, the default
#   rusticl   Mesa's rusticl on llvmpipe
#   oclgrind  Oclgrind, which interprets kernels and finds races and invalid accesses (races.sh)
# CALM_RELAY=1 puts relay.c in front of the driver, whose CALM_RELAY_... variables make it another device, such as a small one.
# All mounts live in a private mount namespace, so that nothing stays mounted whatever happens to the command.
set -eu

cache=${CALM_CACHE:-$HOME/.cache/calm}
root=$cache/opencl-root
here=$(cd "$(dirname "$0")/../.." && pwd)
around=$(dirname "$here")
[ "$around" != / ] || around=$here
if [ ! -e "$root/.complete" ]; then
    echo "OpenCL root: not there; tests/opencl/setup.sh makes it." >&2
    exit 1
fi

case ${CALM_OPENCL:-pocl} in
pocl) vendor=vendors/pocl.icd ;;
rusticl) vendor=vendors/rusticl.icd ;;
oclgrind)
    vendor=oclgrind.icd CALM_RELAY=1
    export CALM_RELAY_VERSION="${CALM_RELAY_VERSION:-2.0}" # its own answer is 1.2, although it compiles OpenCL C 2.0
    export OCLGRIND_DATA_RACES=1 OCLGRIND_CHECK_API=1
    ;;
*)
    echo "CALM_OPENCL=$CALM_OPENCL: must be pocl, rusticl or oclgrind." >&2
    exit 2
    ;;
esac
if [ ! -e "$root/etc/OpenCL/$vendor" ]; then
    echo "OpenCL root: too old for ${CALM_OPENCL:-pocl}; tests/opencl/setup.sh --tools adds what is missing." >&2
    exit 1
fi
export OCL_ICD_VENDORS="/etc/OpenCL/$vendor" RUSTICL_ENABLE=llvmpipe
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")

# Positional: root, repository, the folder that it is in, .NET, home, whether to relay, then the command.
exec unshare --mount --propagation private sh -c '
    set -eu
    root=$1 here=$2 around=$3 dotnet=$4 home=$5 relay=$6
    shift 6
    bind() { mkdir -p "$root$1" && mount --rbind "$1" "$root$1"; }
    bind /proc
    bind /dev
    bind /sys
    bind /tmp
    bind "$dotnet"
    bind "$around"
    [ ! -d "$home/.nuget" ] || bind "$home/.nuget"
    libraries=
    if [ -n "$relay" ]; then
        libraries=/run/calm
        mkdir -p "$root$libraries"
        mount -t tmpfs tmpfs "$root$libraries"
        chroot "$root" gcc -std=gnu11 -Wall -Wextra -Werror -O1 -fPIC -shared "$here/tests/opencl/relay.c" \
            -o $libraries/libOpenCL.so -Wl,--no-as-needed -l:libOpenCL.so.1
    fi
    cd "$root"
    exec chroot "$root" /usr/bin/env \
        PATH="$dotnet:/usr/sbin:/usr/bin:/sbin:/bin" HOME="$home" DOTNET_ROOT="$dotnet" LD_LIBRARY_PATH=$libraries \
        DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 \
        POCL_CACHE_DIR=/var/cache/pocl CALM_TEST_DEVICES="${CALM_TEST_DEVICES:-}" \
        sh -c "cd \"\$0\" && exec \"\$@\"" "$here" "$@"
' sh "$root" "$here" "$around" "$dotnet" "$HOME" "${CALM_RELAY:-}" "$@"

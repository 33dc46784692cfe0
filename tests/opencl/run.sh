#!/bin/sh
# Runs a command inside the OpenCL root, in this repository (its neighbours in sight, too) and with this machine's .NET:
#   tests/opencl/run.sh ./calm devices
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
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")

# Positional: root, repository, the folder that it is in, .NET, home, then the command.
exec unshare --mount --propagation private sh -c '
    set -eu
    root=$1 here=$2 around=$3 dotnet=$4 home=$5
    shift 5
    bind() { mkdir -p "$root$1" && mount --rbind "$1" "$root$1"; }
    bind /proc
    bind /dev
    bind /sys
    bind /tmp
    bind "$dotnet"
    bind "$around"
    [ ! -d "$home/.nuget" ] || bind "$home/.nuget"
    cd "$root"
    exec chroot "$root" /usr/bin/env \
        PATH="$dotnet:/usr/sbin:/usr/bin:/sbin:/bin" HOME="$home" DOTNET_ROOT="$dotnet" \
        DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 \
        POCL_CACHE_DIR=/var/cache/pocl CALM_TEST_DEVICES="${CALM_TEST_DEVICES:-}" \
        sh -c "cd \"\$0\" && exec \"\$@\"" "$here" "$@"
' sh "$root" "$here" "$around" "$dotnet" "$HOME" "$@"

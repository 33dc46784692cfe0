#!/bin/sh
# The calm command with libtorch 2.10 as a provider of ops:
#   bench/libtorch.sh COMMAND...              bench/libtorch.sh bench --op Linear --providers calm,openblas,libtorch
#   bench/libtorch.sh --prepare               builds bench/Calm.LibTorch and makes the root, if one is needed
#   bench/libtorch.sh --program DLL ARGS...   another program, after --prepare
# Builds bench/Calm.LibTorch, whose packages are 200 MB to download. libtorch needs the libstdc++ of GCC 13: where the machine's
# is older, the command runs inside the Debian 13 root of tests/opencl, which is made first, and paths are relative to this
# repository.
set -eu

bench=$(cd "$(dirname "$0")" && pwd)
root=$bench/../tests/opencl
say() { echo "libtorch: $*" >&2; }

if [ $# = 0 ]; then
    say "give a command of calm, such as: bench/libtorch.sh bench --op Linear --providers calm,libtorch"
    exit 2
fi
if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    say "needs Linux on x86-64, for which its package is."
    exit 1
fi
if ! command -v dotnet >/dev/null; then
    say "the .NET 10 SDK is not on the PATH; install it from https://dot.net."
    exit 1
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
build() { dotnet build "$1" -c Release -v quiet --nologo >&2 || { say "the build of $1 failed."; exit 1; }; }
target() { dotnet msbuild "$1" -p:Configuration=Release -getProperty:TargetPath; }

library=$(ldconfig -p | sed -n 's/^.*libstdc++\.so\.6 .*x86-64.*=> //p' | head -n 1)
inside=
[ -n "$library" ] && grep -q GLIBCXX_3.4.32 "$library" || inside=1
if [ "$1" != --program ]; then
    build "$bench/Calm.LibTorch"
    [ -z "$inside" ] || "$root/setup.sh" >&2
fi
case $1 in
--prepare) exit 0 ;;
--program) program=$2 && shift 2 ;;
*)
    build "$bench/../apps/Calm.Cli"
    program=$(target "$bench/../apps/Calm.Cli")
    if [ -n "$inside" ]; then
        say "the libstdc++ here is older than that of GCC 13: running inside the Debian 13 root of tests/opencl."
    else
        say "running with $library."
    fi
    ;;
esac

# Idle threads sleep: they would poll while others are timed.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}" KMP_BLOCKTIME="${KMP_BLOCKTIME:-0}"
CALM_PROVIDERS=$(target "$bench/Calm.LibTorch")
export CALM_PROVIDERS
if [ -n "$inside" ]; then
    exec "$root/run.sh" dotnet "$program" "$@"
fi
exec dotnet "$program" "$@"

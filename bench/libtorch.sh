#!/bin/sh
# bench/libtorch.sh COMMAND...: the calm command with libtorch 2.10 as a provider of ops, such as
#   bench/libtorch.sh bench --op Linear --providers calm,openblas,libtorch
# Builds bench/Calm.LibTorch, whose packages are 200 MB to download. libtorch needs the libstdc++ of GCC 13: where the machine's
# is older, the command runs inside the Debian 13 root of tests/opencl, which is made first, and paths are relative to this
# repository.
set -eu

bench=$(cd "$(dirname "$0")" && pwd)
say() { echo "libtorch: $*" >&2; }

if [ $# = 0 ]; then
    say "give a command of calm, such as: bench/libtorch.sh bench --op Linear --providers calm,libtorch."
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
for project in "$bench/../apps/Calm.Cli" "$bench/Calm.LibTorch"; do
    dotnet build "$project" -c Release -v quiet --nologo >&2 || { say "the build of $project failed."; exit 1; }
done
program=$(dotnet msbuild "$bench/../apps/Calm.Cli" -p:Configuration=Release -getProperty:TargetPath)
CALM_PROVIDERS=$(dotnet msbuild "$bench/Calm.LibTorch" -p:Configuration=Release -getProperty:TargetPath)

# Idle threads sleep: they would poll while others are timed.
export CALM_PROVIDERS OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}" KMP_BLOCKTIME="${KMP_BLOCKTIME:-0}"

library=$(ldconfig -p | sed -n 's/^.*libstdc++\.so\.6 .*x86-64.*=> //p' | head -n 1)
if [ -n "$library" ] && grep -q GLIBCXX_3.4.32 "$library"; then
    say "running with $library."
    exec dotnet "$program" "$@"
fi
say "the libstdc++ of this system is older than that of GCC 13: running inside the Debian 13 root of tests/opencl."
"$bench/../tests/opencl/setup.sh" >&2
exec "$bench/../tests/opencl/run.sh" dotnet "$program" "$@"

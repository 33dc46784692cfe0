#!/bin/sh
# bench/compare.sh [--quick] [--only PATTERN] [--threads N] [--settings sky|default|both] [--check]: our ops, training steps
# and generation beside PyTorch's, in turns on this machine, and ops also beside libtorch 2.10 (bench/libtorch.sh).
# Writes bench/results/MACHINE/compare-DATE.md.
# Takes Debian's PyTorch and OpenBLAS; installs them with apt-get where they are missing and the user is root.
set -eu

bench=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-/usr/bin/python3}
say() { echo "compare: $*" >&2; }

missing=
"$python" -c 'import torch' 2>/dev/null || missing="$missing python3-torch"
"$python" -c 'import numpy' 2>/dev/null || missing="$missing python3-numpy"
ldconfig -p | grep -q 'libopenblas\.so\.0' || missing="$missing libopenblas0-pthread"
if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        say "needs$missing: apt-get install$missing (as root), or PYTHON=a Python that has torch."
        exit 1
    fi
    say "installing$missing with apt-get ..."
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >/dev/null 2>&1 || {
        say "apt-get could not install$missing."
        exit 1
    }
fi

if ! command -v dotnet >/dev/null; then
    say "the .NET 10 SDK is not on the PATH; install it from https://dot.net."
    exit 1
fi
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build "$bench/Calm.Bench" -c Release -v quiet --nologo >&2 || { say "the build failed."; exit 1; }
program=$(dotnet msbuild "$bench/Calm.Bench" -p:Configuration=Release -getProperty:TargetPath)
if "$bench/libtorch.sh" --prepare; then
    set -- --libtorch "$@"
else
    say "goes on without libtorch 2.10."
fi
exec "$python" "$bench/peers/compare.py" --program "$program" "$@"

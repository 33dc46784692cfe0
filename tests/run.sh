#!/bin/sh
# Runs every tier of tests whose tools are present, says how to get the others, and ends with one line of totals.
# Called by ./calm test; with further arguments dotnet test runs once, with them.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
log=$(mktemp)
trap 'rm -f "$log" "$log.direct"' EXIT
passed=0 failed=0 skipped=0 broken=0

# Runs one tier and adds up the summary lines: those of dotnet test for each project, those of calm verify and races.sh.
tier() {
    name=$1
    shift
    echo "== $name"
    "$@" >"$log" 2>&1 && status=0 || status=$?
    grep -E '^((Passed|Failed)! |(cases|fixtures) +[0-9])' "$log" || true
    counts=$(sed -nE -e 's/^(Passed|Failed)! +- Failed: +([0-9]+), Passed: +([0-9]+), Skipped: +([0-9]+).*/\2 \3 \4/p' \
        -e 's/^(cases|fixtures) +([0-9]+), ([0-9]+) failed.*/\3 \2-\3 0/p' "$log" |
        awk '{ split($2, of, "-"); f += $1; p += of[1] - of[2]; s += $3 } END { print f + 0, p + 0, s + 0 }')
    set -- $counts
    failed=$((failed + $1)) passed=$((passed + $2)) skipped=$((skipped + $3))
    if [ "$status" != 0 ] || [ $(($1 + $2)) = 0 ]; then
        broken=1
        cat "$log"
        echo "== $name: FAILED"
    fi
}

without() { echo "== $1: not run: $2"; }

echo "== build"
dotnet build Calm.sln -c Release --nologo -v quiet

library=bin/Release/net10.0
kernels=tests/Calm.Kernels.Tests/$library/Calm.Kernels.Tests.dll
training=tests/Calm.Training.Tests/$library/Calm.Training.Tests.dll
cli=apps/Calm.Cli/$library/Calm.Cli.dll
program=tests/Calm.Cli.Tests/$library/Calm.Cli.Tests.dll
cache=${CALM_CACHE:-$HOME/.cache/calm}

on_host='tier!=devices&tier!=emulator'

solution() { dotnet test Calm.sln -c Release --no-build -m:1 "$@"; }

# What forced instruction sets can change: the loops of the host.
narrow() {
    env "$1" dotnet test "$kernels" --filter "$on_host&FullyQualifiedName!~CodeGeneration" &&
        env "$1" dotnet test "$program" --filter FullyQualifiedName~.GoldenTests
}

on_opencl() {
    env CALM_TEST_DEVICES=opencl:0 "CALM_KERNELS=$1" tests/opencl/run.sh dotnet test "$2" --filter tier=devices
}

verify_on_rusticl() {
    env CALM_OPENCL=rusticl "CALM_KERNELS=$1" tests/opencl/run.sh dotnet "$cli" verify --device opencl:0 --golden tests/golden
}

# Both families of kernels at once: most of the time one core compiles.
on_rusticl() {
    verify_on_rusticl direct >"$log.direct" 2>&1 &
    verify_on_rusticl tiled && status=0 || status=$?
    wait $! || status=$?
    cat "$log.direct"
    return $status
}

run_host_tiers() {
    tier "host" solution --filter "$on_host&FullyQualifiedName!~PtxasCodeGeneration"
    tier "host without AVX-512" narrow DOTNET_EnableAVX512F=0
    tier "host without AVX2" narrow DOTNET_EnableAVX2=0
}

run_other_drivers() {
    if [ -e "$cache/opencl-root/etc/OpenCL/vendors/rusticl.icd" ]; then
        tier "OpenCL (rusticl): ops and golden numbers, both families" on_rusticl
    else
        without "OpenCL (rusticl)" "'tests/opencl/setup.sh' adds it to the root of PoCL"
    fi
}

run_device_tiers() {
    tier "emulator" solution --filter 'tier=devices|tier=emulator'
    if [ -x "$cache/ptxas/ptxas" ] || command -v ptxas >/dev/null; then
        tier "code generation with ptxas" dotnet test "$kernels" --filter FullyQualifiedName~PtxasCodeGeneration
    else
        without "code generation with ptxas" "'tools/ptxas.sh' provides it"
    fi
    if [ "$(id -u)" != 0 ]; then
        without "OpenCL (PoCL 6)" "its root needs root's rights: 'sudo tests/opencl/setup.sh', then 'sudo ./calm test'"
    elif [ ! -e "$cache/opencl-root/.complete" ]; then
        without "OpenCL (PoCL 6)" "'tests/opencl/setup.sh' provides it"
    else
        tier "OpenCL (PoCL 6): ops" on_opencl direct "$kernels"
        tier "OpenCL (PoCL 6): models" on_opencl direct "$training"
        tier "OpenCL (PoCL 6): golden numbers and training" on_opencl direct "$program"
        tier "OpenCL (PoCL 6): ops by the kernels of GPUs" on_opencl tiled "$kernels"
        run_other_drivers
    fi
}

if [ $# -gt 0 ]; then
    tier "chosen by arguments" solution "$@"
else
    run_host_tiers
    run_device_tiers
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$broken" = 0 ]

#!/bin/sh
# Runs every tier of tests whose tools are present, says how to get the others, and ends with one line of totals.
# Called by ./calm test with the GPU backend; further arguments go to every dotnet test.
set -eu

backend=$1
shift
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0 broken=0

# Runs one tier and adds up the summary lines that dotnet test prints for each project.
tier() {
    name=$1
    shift
    echo "== $name"
    "$@" >"$log" 2>&1 && status=0 || status=$?
    grep -E '^(Passed|Failed)! ' "$log" || true
    counts=$(sed -nE 's/^(Passed|Failed)! +- Failed: +([0-9]+), Passed: +([0-9]+), Skipped: +([0-9]+).*/\2 \3 \4/p' "$log" |
        awk '{ f += $1; p += $2; s += $3 } END { print f + 0, p + 0, s + 0 }')
    set -- $counts
    failed=$((failed + $1)) passed=$((passed + $2)) skipped=$((skipped + $3))
    if [ "$status" != 0 ] || [ $(($1 + $2)) = 0 ]; then
        broken=1
        cat "$log"
        echo "== $name: FAILED"
    fi
}

without() { echo "== $1: not run: $2"; }

echo "== build (GPU backend $backend)"
dotnet build Calm.sln -c Release --nologo -v quiet

tests() { dotnet test "$@"; }
library=bin/$backend/Release/net10.0
kernels=tests/Calm.Kernels.Tests/$library/Calm.Kernels.Tests.dll

# Arguments may hold a filter; without one a tier leaves out what another runs: ptxas has its own, and registers of the host
# change nothing about code for devices.
host='--filter FullyQualifiedName!~PtxasCodeGenerationTests'
narrow='--filter FullyQualifiedName!~CodeGenerationTests'
[ $# = 0 ] || host='' narrow=''
tier "host" tests Calm.sln -c Release --no-build -m:1 $host "$@"
tier "host without AVX-512" env DOTNET_EnableAVX512=0 DOTNET_EnableAVX512F=0 dotnet test "$kernels" $narrow "$@"
tier "host without AVX2" env DOTNET_EnableAVX2=0 dotnet test "$kernels" $narrow "$@"

cache=${CALM_CACHE:-$HOME/.cache/calm}
if [ "$backend" = ilgpu ]; then
    if [ -x "$cache/ptxas/ptxas" ] || command -v ptxas >/dev/null; then
        tier "code generation with ptxas" dotnet test "$kernels" --filter FullyQualifiedName~PtxasCodeGenerationTests
    else
        without "code generation with ptxas" "'tools/ptxas.sh' provides it"
    fi
fi

if [ "$backend" != ilgpu ]; then
    without "devices" "this build has no ILGPU; './calm --gpu auto test' tries the package feed again"
elif [ "$(id -u)" != 0 ]; then
    without "OpenCL (PoCL 6)" "its root needs root's rights: 'sudo tests/opencl/setup.sh', then 'sudo ./calm test'"
elif [ ! -e "$cache/opencl-root/.complete" ]; then
    without "OpenCL (PoCL 6)" "'tests/opencl/setup.sh' provides it"
else
    tier "OpenCL (PoCL 6)" env CALM_TEST_DEVICES=opencl:0 tests/opencl/run.sh dotnet test "$kernels" \
        --filter FullyQualifiedName~DeviceTests
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$broken" = 0 ]

#!/bin/sh
# Meets GPUs with little of everything, which relay.c makes of the drivers in the OpenCL root:
#   tests/opencl/fakes.sh [small] [memory]        default: both
# small has 32 KB of local memory, groups of at most 64 and buffers of at most 256 MiB; memory has 1 GiB in all. All ops and
# golden fixtures are verified there in both families, on rusticl, which tells how much local memory a kernel takes. Then
# trainings and steps that do not fit must end in one line with a setting that does, and run with it: on PoCL, which is faster.
# Some get still less memory, so that a step that fills it is over in seconds. A quarter of an hour on two cores.
set -eu
ulimit -c 0

cd "$(dirname "$0")/../.."
program=apps/Calm.Cli/bin/Release/net10.0/Calm.Cli.dll
[ -e "$program" ] || ./calm --version >/dev/null # builds it
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0 bad=0

# The fakes, as settings of relay.c.
local=CALM_RELAY_LOCAL_MEMORY=32768 group=CALM_RELAY_GROUP=64 buffer=CALM_RELAY_ALLOCATION
small="$local $group $buffer=268435456" memory=CALM_RELAY_MEMORY=1073741824

# on DRIVER FAKE FAMILY COMMAND...: runs calm on the fake.
on() {
    driver=$1 fake=$2 family=$3
    shift 3
    env CALM_RELAY=1 CALM_RELAY_TYPE=4 $fake CALM_OPENCL="$driver" CALM_KERNELS="$family" \
        tests/opencl/run.sh dotnet "$program" "$@" >"$work/out" 2>"$work/err"
}

# check NAME CONDITION...: a line, and where the condition fails the end of what calm said.
check() {
    name=$1
    shift
    checks=$((checks + 1))
    if "$@"; then
        echo "  passed  $name"
    else
        bad=$((bad + 1))
        echo "  FAILED  $name"
        tail -n 5 "$work/out" "$work/err"
    fi
}

says() { grep -Eq -e "$1" "$work/out"; }

# devices FAKE LINE...: calm devices tells the fake's limits, and what they mean.
devices() {
    on rusticl "$1" tiled devices
    shift
    for line in "$@" 'ops: all'; do
        check "devices tells: $(grep -m 1 -A 9 '^opencl:0' "$work/out" | grep -m 1 "$line" | sed 's/^ *//')" says "$line"
    done
}

# verify FAKE: all cases and fixtures, in both families.
verify() {
    for family in tiled direct; do
        on rusticl "$1" $family verify --device opencl:0 --golden tests/golden || true
        for kind in cases fixtures; do
            check "verify, $family: $(grep "^$kind " "$work/out")" says "^$kind +[1-9][0-9]*, 0 failed"
        done
    done
}

# advised FAKE LARGE COMMAND...: with the options LARGE the command must fail with a last line of advice, and with those of
# the advice instead it must succeed.
advised() {
    fake=$1 large=$2
    shift 2
    [ "$1" != train ] || set -- "$@" --run "$work/run"
    echo "  $* $large" | sed "s|$work/||g"
    code=0
    on pocl "$fake" direct "$@" $large || code=$?
    line=$(tail -n 1 "$work/err")
    advice=$(echo "$line" | sed -n 's/^calm: .*Try again//p' |
        grep -Eo -e '--(batch|accumulate) [0-9]+|--recompute|--resume' || true)
    check "is told: $(echo $advice)" [ "$code" = 1 -a -n "$advice" ]
    code=0
    on pocl "$fake" direct "$@" $advice || code=$?
    check "runs with it" [ "$code" = 0 -a -n "$advice" ]
    rm -rf "$work/run"
}

# autoencoder PRESET: one that has learnt nothing, of the project's own text, on the host.
autoencoder() {
    cat README.md docs/*.md >"$work/text"
    dotnet "$program" train autoencoder --device host --data "$work/text" --preset "$1" --steps 2 --batch 32 --run "$work/$1" \
        >"$work/out" 2>"$work/err"
}

for fake in ${*:-small memory}; do
    echo "$fake"
    case $fake in
    small)
        devices "$small" 'groupSize 64, sharedMemory 32768, .*largestBlockMb 268' 'tensors: of at most 268'
        verify "$small"
        autoencoder tiny
        advised "$buffer=16777216" '' train calm --preset tiny --batch 48 --steps 2 --autoencoder "$work/tiny" --device opencl:0
        ;;
    memory)
        devices "$memory" 'memoryMb 1073'
        verify "$memory"
        autoencoder medium
        advised "$memory" '' train calm --preset medium --batch 8 --steps 2 --autoencoder "$work/medium" --device opencl:0
        advised CALM_RELAY_MEMORY=80000000 '--batch 64' bench --op none --step tiny --seconds 0.01 --device opencl:0
        ;;
    *)
        echo "fakes.sh: $fake: must be small or memory." >&2
        exit 2
        ;;
    esac
done
echo "fakes  $checks checks, $bad failed"
[ "$bad" = 0 ]

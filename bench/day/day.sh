#!/bin/sh
# A first day on a GPU, in ten minutes, on a Linux machine with a driver and nothing else: ./day.sh
#   [--device cuda:0]   [--minutes 10]   [--out DIR]   [--step calm-m]   [--python python3]   [--only 'step|MatMul']
# The most important parts come first. Each has its own time limit, and its result is on the disk when it ends, so that a
# day that is cut short keeps what it found: DIR/passport.txt says what passed, DIR/page.md sets our figures beside others.
set -u
ulimit -c 0

here=$(cd "$(dirname "$0")" && pwd)
calm=$here/calm/calm
device='' minutes=10 out='' step=calm-m python=python3 only=.
while [ $# -gt 0 ]; do
    case $1 in
    --device) device=$2 ;;
    --minutes) minutes=$2 ;;
    --out) out=$2 ;;
    --step) step=$2 ;;
    --python) python=$2 ;;
    --only) only=$2 ;;
    *) echo "day: $1: unknown; --device, --minutes, --out, --step, --python, --only." >&2; exit 2 ;;
    esac
    [ $# -ge 2 ] || { echo "day: $1: needs a value." >&2; exit 2; }
    shift 2
done
[ -x "$calm" ] || { echo "day: $calm is not there: unpack the whole archive." >&2; exit 1; }

# A bare machine may lack ICU, and the program must leave nothing behind but its results.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
start=$(date +%s)
deadline=$((start + 60 * minutes))
out=${out:-$here/results-$(uname -n)-$(date +%Y-%m-%d-%H%M)}
mkdir -p "$out" || exit 1
. "$here/report.sh"

say() { echo "day: $*" >&2; }
left() { echo $((deadline - $(date +%s))); }

# part NAME SECONDS COMMAND...: runs it within its limit, which is that of a day of ten minutes and grows with a longer day,
# and within what is left; its outputs are NAME.out and NAME.err.
part() {
    name=$1 limit=$(($2 * minutes / 10))
    shift 2
    if ! echo "$name" | grep -Eq -e "$only"; then
        skip "$name" "not among --only $only"
        return 1
    fi
    rest=$(left)
    [ "$limit" -le "$rest" ] || limit=$rest
    if [ "$limit" -le 0 ]; then
        skip "$name" "no time left"
        return 1
    fi
    say "$name (at most $limit s)"
    begin=$(date +%s)
    timeout -k 10 "$limit" "$@" >"$out/$name.out" 2>"$out/$name.err"
    code=$?
    case $code in
    0) verdict=passed ;;
    124 | 137) verdict="cut off after $limit s$(reached "$out/$name.out")" ;;
    *) verdict="failed ($code): $(tail -n 1 "$out/$name.err" | cut -c 1-200)" ;;
    esac
    finish "$name" "$verdict" $(($(date +%s) - begin))
    [ $code = 0 ]
}

# reached FILE: what a verification found until it was stopped.
reached() {
    [ -z "$(field "$1" notReached)" ] ||
        echo ": $(verified "$1")"
}

# skip NAME REASON
skip() { finish "$1" "skipped: $2" 0; }

# finish NAME VERDICT SECONDS: notes it, and writes passport and page anew.
finish() {
    printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$out/parts.tsv"
    case $2 in passed) ;; *) say "$1: $2" ;; esac
    passport >"$out/passport.txt"
    page >"$out/page.md"
}

# The first device that can be used: CUDA, then an OpenCL GPU, then any OpenCL device.
choose() {
    for wanted in '"name":"cuda:[0-9]*"[^{}]*"usable":true' '"name":"opencl:[0-9]*"[^{}]*"usable":true'; do
        found=$(grep -o "$wanted" "$out/devices.out" | head -n 1 | sed 's/"name":"\([^"]*\)".*/\1/')
        [ -z "$found" ] || { echo "$found"; return; }
    done
    echo host
}

: >"$out/parts.tsv"
chosen=$only only=.
part devices 30 "$calm" devices --json # always: the device is chosen from it
only=$chosen
device=${device:-$(choose)}
say "device $device, results in $out"

part verify-float32 150 "$calm" verify --device "$device" --golden "$here/golden" --json
part verify-bf16 70 "$calm" verify --device "$device" --precision bf16 --json

# It takes seconds, and PyTorch's side needs the sizes that it prints.
part memory 40 "$calm" train calm --preset "$step" --batch 4 --dry-run --precision bf16 --device "$device" --json

# The same training twice: the weights must be the same files. A training that is cut off leaves those of some earlier step.
repeated=yes
for turn in 1 2; do
    part "repeat-$turn" 30 "$calm" train autoencoder --device "$device" --preset tiny --steps 8 --batch 64 \
        --data "$here/text.txt" --run "$out/repeat-$turn.run" --json || repeated=
done
if [ -z "$repeated" ]; then
    skip repeat-bits "there are not two whole trainings to compare"
elif cmp -s "$out/repeat-1.run/model.safetensors" "$out/repeat-2.run/model.safetensors"; then
    finish repeat-bits passed 0
else
    finish repeat-bits "failed: the weights differ" 0
fi
rm -rf "$out"/repeat-?.run

# steps PRESET LIMIT SECONDS: both precisions.
steps() {
    for precision in bf16 float32; do
        part "step-$1-$precision" "$2" "$calm" bench --device "$device" --precision "$precision" --op none --step "$1" \
            --seconds "$3" --profile "$out/step-$1-$precision.trace.json" --json
    done
}
[ "$step" = small ] || steps small 25 0.3
steps "$step" 60 0.5
[ "$step" = medium ] || steps medium 30 0.3

# ops NAME LIMIT MORE...: products of four widths cubed (4096 for calm-m), and attention over the contexts of the step.
ops() {
    ops_name=$1 ops_limit=$2
    shift 2
    for op in MatMul CausalAttention; do
        part "$ops_name-$op" "$ops_limit" "$calm" bench --device "$device" --op "$op" --shapes "$step" --step none --json "$@"
    done
}
ops bf16 20 --precision bf16
ops float32 30

case $device in
cuda*)
    # Where only Python's own CUDA is there, its cuBLAS serves.
    cublas=$("$python" -c 'import nvidia.cublas, os; print(os.path.join(list(nvidia.cublas.__path__)[0], "lib"))' 2>/dev/null)
    [ -z "$cublas" ] || export LD_LIBRARY_PATH="$cublas${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    part cublas-MatMul 30 "$calm" bench --device "$device" --op MatMul --shapes "$step" --step none --gemm cublas --json
    part "step-$step-cublas" 40 "$calm" bench --device "$device" --op none --step "$step" --gemm cublas --seconds 0.3 --json
    ;;
*) skip cublas "$device is no CUDA device" ;;
esac

torch=cpu
case $device in cuda*) torch=cuda ;; esac
if ! "$python" -c 'import torch' 2>/dev/null; then
    skip torch "$python has no torch"
elif [ $torch = cuda ] && ! "$python" -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
    skip torch "its torch sees no GPU"
elif [ $torch = cpu ]; then
    skip torch "$device is no CUDA device, which is what its figures are for"
elif [ ! -s "$out/memory.out" ]; then
    skip torch "the sizes of $step are unknown, since memory failed"
else
    part torch 150 "$python" "$here/peers/peer.py" "$out/memory.out" --device cuda --batch 4
    part "step-$step-bf16-again" 40 "$calm" bench --device "$device" --precision bf16 --op none --step "$step" --json
fi

sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | head -n 1)
case $device in
cuda*)
    for tool in memcheck racecheck; do
        if [ -z "$sanitizer" ]; then
            skip "$tool" "compute-sanitizer is not there; it comes with the CUDA toolkit"
            continue
        fi
        for op in RmsNorm Linear CausalAttention EnergyScore; do
            part "$tool-$op" 40 "$sanitizer" --tool "$tool" --error-exitcode 9 "$calm" verify --device "$device" --op "$op" --json
        done
    done
    ;;
*) skip sanitizer "$device is no CUDA device" ;;
esac

cut=$(grep -c '	cut off' "$out/parts.tsv")
[ "$cut" = 0 ] || say "$cut parts were cut off: limits are those of a GPU, and grow with --minutes; --step small takes less"
say "done in $(($(date +%s) - start)) s: $out/page.md, $out/passport.txt"
! grep -q '	failed' "$out/parts.tsv"

#!/bin/sh
# Runs golden fixtures by the kernels of GPUs (tiled) on Oclgrind, which interprets them and reports data races, invalid
# accesses and wrong calls of OpenCL, in the OpenCL root:
#   tests/opencl/races.sh [FIXTURE ...]     default: those that take less than about a minute each, one or more an op
# First it takes the fence of local memory out of all barriers, as the relay can, then the barriers themselves, and expects that
# races are reported.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fixtures="adamw attention_mha16 attention_mqa32 clip_active clip_inactive dropout embedding_a energy_small
    energy_coincident_small energy_b10 energy_terms_small energy_terms_b10 kl_clamp layernorm_a layernorm_plain_a linear_a
    reparam rmsnorm_a rope_a rope_c silu_a swiglu_a timestep_features xent_a xent_b xent_big"
program=$here/../../apps/Calm.Cli/bin/Release/net10.0/Calm.Cli.dll
[ -e "$program" ] || "$here/../../calm" --version >/dev/null # builds it

# Runs a fixture; what Oclgrind has to say goes to the log.
run() {
    rm -f "$work/log"
    CALM_OPENCL=oclgrind CALM_KERNELS=tiled OCLGRIND_LOG=$work/log "$here/run.sh" \
        dotnet "$program" verify --device opencl:0 --golden tests/golden --op "$1" >"$work/out" 2>&1
}

# The number of messages in the log; they begin at the margin, their particulars do not.
count() { grep -E '^[^[:space:]]' "$work/log" 2>/dev/null | grep -c "$@" || true; }

# Runs a fixture with other barriers.
expect_races() {
    CALM_RELAY_PRELUDE=$1 run rmsnorm_a || true
    if [ "$(count 'data race')" = 0 ]; then
        cat "$work/out"
        echo "races.sh: $2, and no race was reported." >&2
        exit 1
    fi
    echo "$2: races are reported, as they should be"
}

expect_races '#define barrier(fences) barrier(CLK_GLOBAL_MEM_FENCE)' "barriers without the fence of local memory"
expect_races '#define barrier(fences)' "no barriers"

checked=0 bad=0
printf '%-24s%9s%9s%9s%9s\n' fixture seconds races invalid failed
for fixture in ${*:-$fixtures}; do
    begin=$(date +%s)
    checked=$((checked + 1)) failed=0
    run "$fixture" || failed=1
    races=$(count 'data race') invalid=$(count -v 'data race')
    printf '%-24s%9d%9d%9d%9d\n' "$fixture" $(($(date +%s) - begin)) "$races" "$invalid" "$failed"
    if [ "$races$invalid$failed" != 000 ]; then
        bad=$((bad + 1))
        head -n 20 "$work/log" 2>/dev/null || tail -n 5 "$work/out"
    fi
done
echo "fixtures  $checked, $bad failed"
[ "$bad" = 0 ]

#!/bin/sh
# bench/load.sh [ROUNDS [STEPS]]: training steps of `small` with one thread, with two, and with two while a busy loop holds one
# core, in turns (5 rounds of 3 steps). Says how much the second thread gains, what is left of that beside the load, and
# whether all three give the same losses to the bit. Writes bench/results/MACHINE/load-DATE.md.
# Wanted: two threads at least 1.8 times as fast as one; beside the load at most 1.15 times the time of one thread.
set -eu

bench=$(cd "$(dirname "$0")" && pwd)
rounds=${1:-5}
steps=${2:-3}
say() { echo "load: $*" >&2; }

for tool in dotnet taskset; do
    command -v $tool >/dev/null || { say "$tool is not on the PATH."; exit 1; }
done
[ "$(nproc)" -ge 2 ] || { say "needs two cores."; exit 1; }
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build "$bench/Calm.Bench" -c Release -v quiet --nologo >&2 || { say "the build failed."; exit 1; }
program=$(dotnet msbuild "$bench/Calm.Bench" -p:Configuration=Release -getProperty:TargetPath)

work=$(mktemp -d)
busy=
stop_load() {
    [ -z "$busy" ] || { kill "$busy" 2>/dev/null; wait "$busy" 2>/dev/null; } || true
    busy=
}
trap 'stop_load; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# measure NAME THREADS: the times of one process's steps are added to a file, and so are its losses. All take the same two
# cores, so that what the load takes is half of what there is.
measure() {
    taskset -c 0,1 dotnet "$program" step --threads "$2" --steps "$steps" >"$work/out"
    sed 's/.*"seconds":\[\([^]]*\)\].*/\1/' "$work/out" | tr ',' '\n' >>"$work/$1"
    sed 's/.*"bits":"\([^"]*\)".*/\1/' "$work/out" >>"$work/bits"
}

best() { sort -g "$work/$1" | head -n 1; }
median() { sort -g "$work/$1" | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
row() { awk "BEGIN { printf \"| %s | %.0f | %.0f |\\n\", \"$1\", 1e3 * $(best "$2"), 1e3 * $(median "$2") }"; }

round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    measure one 1
    measure two 2
    taskset -c 1 sh -c 'while :; do :; done' &
    busy=$!
    measure loaded 2
    stop_load
    say "round $round of $rounds"
done

[ "$(sort -u "$work/bits" | wc -l)" = 1 ] && bits="equal to the bit" || bits="DIFFERENT"
known() { sed -n "s/^$1[^:]*: *//p" /proc/cpuinfo | head -n 1; }
processor="$(known 'model name'), family $(known 'cpu family')"
slug=$(printf %s "$processor" | tr 'A-Z' 'a-z' | sed 's/[^a-z0-9][^a-z0-9]*/-/g; s/^-//; s/-$//')
folder=$bench/results/$slug-$(nproc)-cores
file=$folder/load-$(date +%Y-%m-%d-%H%M).md
mkdir -p "$folder"
{
    echo "# Threads and load"
    echo
    echo "$processor, $(nproc) cores. Made by \`bench/load.sh $rounds $steps\`: $((rounds * steps)) steps of \`small\` of each kind,"
    echo "in turns, each turn a process of its own on cores 0 and 1. Load: a shell's empty loop that is pinned to core 1."
    echo
    echo "| steps | best, ms | median, ms |"
    echo "|---|---|---|"
    row "1 thread" one
    row "2 threads" two
    row "2 threads, one core taken" loaded
    echo
    echo "| ratio | by best | by median | wanted |"
    echo "|---|---|---|---|"
    echo "| time of one thread / of two | $(ratio "$(best one)" "$(best two)") | $(ratio "$(median one)" "$(median two)") | >= 1.8 |"
    echo "| time beside the load / of one thread | $(ratio "$(best loaded)" "$(best one)") |" \
        "$(ratio "$(median loaded)" "$(median one)") | <= 1.15 |"
    echo
    echo "Losses of all steps in all processes: $bits."
} >"$file"
cat "$file"
say "written to $file"
[ "$bits" != DIFFERENT ]

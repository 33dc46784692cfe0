#!/bin/sh
# Searches for files that break a reader, guided by the code that they reach: AFL++ with SharpFuzz.
#   tests/faults/guided.sh READER SECONDS        such as "torch pickle" 600; the names are those of mutate's table
# Installs the Debian package afl++ (as root) and the NuGet tool SharpFuzz.CommandLine 2.3.0 into ~/.cache/calm/sharpfuzz.
set -eu
[ $# -eq 2 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
tool=$HOME/.cache/calm/sharpfuzz
work=$(mktemp -d "${TMPDIR:-/tmp}/calm-guided-XXXXXX")
command -v afl-fuzz >/dev/null || apt-get install -y -q afl++ >&2
[ -x "$tool/sharpfuzz" ] || dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path "$tool" >&2
dotnet publish "$here" -c Release -o "$work/bin" -v quiet --nologo >&2
dotnet "$work/bin/Calm.Faults.dll" guided --reader "$1" --seeds "$work/in"
"$tool/sharpfuzz" "$work/bin/Calm.Training.dll" >&2
export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_FORKSRV_INIT_TMOUT=120000
afl-fuzz -i "$work/in" -o "$work/out" -t 5000 -m none -V "$2" -- \
    dotnet "$work/bin/Calm.Faults.dll" guided --reader "$1" >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; exit 1; }
grep -E "execs_done|execs_per_sec|corpus_count|saved_crashes|saved_hangs|edges_found" "$work/out/default/fuzzer_stats"
found=$(ls "$work"/out/default/crashes "$work"/out/default/hangs | grep '^id' || true)
if [ -n "$found" ]; then
    echo "$found"
    echo "They are in $work/out/default." >&2
    exit 1
fi
rm -rf "$work"

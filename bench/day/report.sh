# Passport and page of a day, from the files of its parts: sourced by day.sh, which sets $here, $out, $device and $calm.

# field FILE NAME: the first number or text of a name in JSON of one line; empty if there is none.
field() {
    [ ! -f "$1" ] || grep -o "\"$2\":\(\"[^\"]*\"\|[-0-9.eE+]*\)" "$1" | head -n 1 | sed 's/^[^:]*://; s/^"//; s/"$//'
}

# figure FILE NAME KEY: a number of the object with a name, among lines or lists of objects without inner ones.
figure() {
    [ ! -f "$1" ] || grep -o "{[^{}]*\"name\":\"$2\"[^{}]*}" "$1" | head -n 1 | grep -o "\"$3\":[-0-9.eE+]*" | sed 's/^[^:]*://'
}

# best DIRECTION FILE: the best seconds of an op's direction.
best() {
    [ ! -f "$2" ] || grep -o "{[^{}]*\"direction\":\"$1\"[^{}]*}" "$2" | head -n 1 |
        grep -o '"secondsBest":[-0-9.eE+]*' | sed 's/^[^:]*://'
}

# whole NUMBER, ms SECONDS, and ratio THEIRS OURS: for people; a dash where a number is missing, or a rate is 0: not measured.
whole() { awk -v n="$1" 'BEGIN { if (n == "" || n == 0) print "–"; else printf "%.0f", n }'; }
ms() { awk -v s="$1" 'BEGIN { if (s == "") print "–"; else printf "%.3f", 1000 * s }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a == "" || b == "" || b == 0) print "–"; else printf "%.2f", a / b }'; }

# verified FILE: what a verification found, in bf16 without fixtures, and what it did not come to.
verified() {
    echo "$(field "$1" cases) cases, $(field "$1" failed) failed$(
        [ "$(field "$1" fixtures)" = 0 ] ||
            echo "; $(field "$1" fixtures) golden fixtures, $(field "$1" fixturesFailed) failed"
    )$([ "$(field "$1" notReached)" = 0 ] || echo "; $(field "$1" notReached) not reached")"
}

# passport: the machine, the versions, the hashes, and what passed.
passport() {
    verify=$out/verify-float32.out
    echo "Calm on a GPU: passport"
    echo "date        $(date -u +%Y-%m-%dT%H:%M:%SZ)"
    echo "device      $device: $(field "$verify" description)"
    echo "driver      $(or_none "$(field "$verify" driver)")"
    echo "gpu         $(nvidia-smi --query-gpu=name,driver_version,memory.total,power.limit,clocks.max.sm --format=csv,noheader \
        2>/dev/null || echo 'nvidia-smi is not there')"
    echo "system      $(uname -srm), $(nproc) processors"
    echo "calm        $(field "$verify" calm), .NET $(field "$verify" dotnet), ILGPU $(field "$verify" ilgpu)"
    echo "torch       $(or_none "$(figure_text "$out/torch.out" version)")"
    echo "program     sha256 $(sha256sum "$here/calm/Calm.Kernels.dll" 2>/dev/null | cut -d ' ' -f 1) Calm.Kernels.dll"
    echo "golden      sha256 $(sha256sum "$here/golden/manifest.json" 2>/dev/null | cut -d ' ' -f 1) manifest.json"
    echo "archive     $(cat "$here/VERSION" 2>/dev/null)"
    for kind in float32 bf16; do
        [ ! -s "$out/verify-$kind.out" ] || echo "verify      $kind: $(verified "$out/verify-$kind.out")"
    done
    echo "parts"
    awk -F '\t' '{ printf "  %-26s %4d s  %s\n", $1, $3, $2 }' "$out/parts.tsv"
}

or_none() { echo "${1:-none}"; }

figure_text() { [ ! -f "$1" ] || grep -o "\"$2\": *\"[^\"]*\"" "$1" | head -n 1 | sed 's/.*: *"//; s/"$//'; }

# page: our figures beside those of cuBLAS and PyTorch, and which part gave them.
page() {
    what=$(field "$out/verify-float32.out" description)
    echo "# A day on ${what:-$device}"
    echo
    echo "Made by \`day.sh\`; the machine and what passed are in passport.txt. Best times; a dash is a figure that was not taken."
    echo
    echo "| | Calm, ms | cuBLAS, ms | PyTorch, ms | compiled, ms | PyTorch / Calm |"
    echo "|---|---|---|---|---|---|"
    for kind in bf16 float32; do
        cublas=
        [ $kind = bf16 ] || cublas=$(best forward "$out/cublas-MatMul.out")
        row "product of four widths cubed, $kind" "$(best forward "$out/$kind-MatMul.out")" "$cublas" \
            "$(peer "product $kind" best)" ""
        forward=$(best forward "$out/$kind-CausalAttention.out")
        both=$(awk -v a="$forward" -v b="$(best backward "$out/$kind-CausalAttention.out")" \
            'BEGIN { if (a != "" && b != "") print a + b }')
        row "attention forward, $kind" "$forward" "" "$(peer "attention $kind forward" best)" ""
        row "attention forward and backward, $kind" "$both" "" "$(peer "attention $kind forward and backward" best)" ""
        cublas=
        [ $kind = bf16 ] || cublas=$(field "$out/step-$step-cublas.out" secondsBest)
        row "step of $step, $kind" "$(field "$out/step-$step-$kind.out" secondsBest)" "$cublas" \
            "$(peer "step $kind eager" best)" "$(peer "step $kind compiled" best)"
    done
    echo
    echo "| step | sequences | best, ms | tokens/s | launches | memory, MB |"
    echo "|---|---|---|---|---|---|"
    for file in "$out"/step-*.out; do
        [ ! -s "$file" ] || echo "| $(basename "$file" .out | sed 's/^step-//') | $(field "$file" sequences) |" \
            "$(ms "$(field "$file" secondsBest)") | $(field "$file" tokensPerSecond | cut -d . -f 1) |" \
            "$(field "$file" launchesPerStep) | $(field "$file" peakMemoryMb | cut -d . -f 1) |"
    done
    echo
    echo "Peaks, measured by the program: $(whole "$(field "$out/float32-MatMul.out" gflops)") GFLOP/s in float32," \
        "$(whole "$(field "$out/bf16-MatMul.out" tensorGflops)") on tensor cores," \
        "$(whole "$(field "$out/float32-MatMul.out" gbs)") GB/s."
    echo
    echo "| part | seconds | result |"
    echo "|---|---|---|"
    awk -F '\t' '{ gsub(/\|/, "/"); printf "| %s | %s | %s |\n", $1, $3, $2 }' "$out/parts.tsv"
}

# peer NAME KEY: a figure of PyTorch's, whose JSON has spaces.
peer() {
    [ ! -f "$out/torch.out" ] || sed 's/": /":/g; s/, "/,"/g' "$out/torch.out" >"$out/.torch"
    figure "$out/.torch" "$1" "$2"
}

# row WHAT OURS CUBLAS EAGER COMPILED, in seconds.
row() { echo "| $1 | $(ms "$2") | $(ms "$3") | $(ms "$4") | $(ms "$5") | $(ratio "$4" "$2") |"; }

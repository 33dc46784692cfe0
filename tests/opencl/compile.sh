#!/bin/sh
# Compiles the OpenCL C of all kernels, in the OpenCL root, for GPUs that need not be here, and prints a table of counts:
#   tests/opencl/compile.sh [spir64] [gfx90a] [gfx942] [gfx1030] [gfx1100] [dg2-g10] [pvc]        default: all
# spir64 is clang's front end with warnings as errors, gfx... AMD's GPUs by clang, the last two Intel's by its own compiler.
# Fails where a kernel does not compile, keeps variables in scratch memory of an AMD GPU, or comes to a barrier of one while an
# access to local memory is under way (waits.awk); before that it weakens a barrier and expects to be told. Intel's scratch is
# listed only: its compiler, of 2022, puts up to 32 work items into a thread of 128 registers. Excused are barriers of
# attention: its tiles write weights, then loop over the components of a head, of which there is at least one; clang leaves the
# wait out on the path on which there is none. GPUs get the tiled kernels, clang's front end all.
set -eu

all="spir64 gfx90a gfx942 gfx1030 gfx1100 dg2-g10 pvc"
here=$(cd "$(dirname "$0")" && pwd)

excused='^// CausalAttention\..*TiledKernel'

# clang for one AMD GPU: machine, source, assembly. ILGPU writes the int -1 as 4294967295, which becomes -1 again.
amd() {
    clang-19 -x cl -cl-std=CL2.0 -O3 -Werror -Wno-constant-conversion --target=amdgcn--amdhsa -mcpu="$1" -nogpulib \
        -include "$here/amd.h" -Xclang -mlink-builtin-bitcode -Xclang /usr/lib/clc/amdgcn--amdhsa.bc -S "$2" -o "$3"
}

# Compiles one source and prints its findings, each a word and a number: failed, scratch, barriers, unguarded.
one() {
    target=$1 source=$2 out=$1/$(basename "$2" .cl)
    case $target in
    spir64)
        clang-19 -x cl -cl-std=CL2.0 --target=spir64 -Werror -Wno-constant-conversion -fsyntax-only "$source" || echo failed 1
        ;;
    gfx*)
        amd "$target" "$source" "$out.s" || { echo failed 1; return; }
        sed -n 's/^; ScratchSize: /scratch /p' "$out.s"
        head -n 1 "$source" | grep -Eq "$excused" && word=excused || word=unguarded
        awk -v word="$word" -f "$here/waits.awk" "$out.s"
        ;;
    *)
        ocloc compile -q -file "$source" -device "$target" -output "$(basename "$out")" -out_dir "$target" -output_no_suffix \
            -options "-cl-std=CL2.0" -internal_options "-cl-intel-allow-zebin" >&2 || { echo failed 1; return; }
        grep -a -A 3 'type: *scratch' "$out" | sed -n 's/.*size: */scratch /p'
        ;;
    esac
}

# A barrier without local memory's fence must be found, or the check of waits proves nothing.
prove_waits() {
    source=$(grep -l 'barrier (' ./*.cl | head -n 1)
    sed 's/CLK_LOCAL_MEM_FENCE | //' "$source" >weak
    amd gfx942 weak weak.s
    awk -v word=unguarded -f "$here/waits.awk" weak.s | grep -Eq '^unguarded [1-9]' || {
        echo "compile.sh: a barrier was weakened, and the check of waits did not notice." >&2
        exit 1
    }
}

# Prints a target's row of the table, and below it the kernels at fault, whose names are in their sources' first lines.
row() {
    for found in "$1"/*.found; do
        awk -v name="$(sed -n '1s|^// ||p' "$(basename "$found" .found).cl")" '{ print $1, $2, name }' "$found"
    done | awk -v target="$1" -v sources="$(ls "$1"/*.found | wc -l)" '
        { sum[$1] += $2 }
        $2 > 0 && $1 != "barriers" && $1 != "excused" {
            bad[$1]++
            faults += $1 != "scratch" || target ~ /^gfx/
            list = list "  " $1 " " $2 ":" substr($0, length($1 $2) + 2) "\n"
        }
        END {
            printf "%-9s%9d%9d%9d%10d%11d%9d\n%s", target, sources, bad["failed"], bad["scratch"], sum["barriers"],
                sum["unguarded"], sum["excused"], list
            exit faults > 0
        }'
}

# In the root, in a folder of sources: all targets.
inside() {
    prove_waits
    printf '%-9s%9s%9s%9s%10s%11s%9s\n' target sources failed scratch barriers unguarded excused
    bad=0
    for target; do
        mkdir "$target"
        tiled='^// .*, tiled, in groups'
        [ "$target" != spir64 ] || tiled=
        grep -l "$tiled" ./*.cl | xargs -P "$(nproc)" -n 1 "$here/compile.sh" --one "$target"
        row "$target" || bad=1
        grep -h error "$target/log" | head -n 5
    done
    return $bad
}

case ${1:-} in
--one) one "$2" "$3" >"$2/$(basename "$3" .cl).found" 2>>"$2/log" ;;
--inside)
    cd "$2"
    shift 2
    inside "$@"
    ;;
*)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    # One file a source, which begins with a comment for each kernel that it serves.
    "$here/../../calm" kernels --opencl | awk -v folder="$work" '
        /^\/\/ .*, in groups of up to [0-9]+$/ { if (!heading) file = sprintf("%s/%03d.cl", folder, ++count); heading = 1 }
        !/^\/\// { heading = 0 }
        { print >file }'
    "$here/run.sh" "$here/compile.sh" --inside "$work" ${*:-$all}
    ;;
esac

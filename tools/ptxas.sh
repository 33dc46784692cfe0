#!/bin/sh
# Fetches ptxas and nvdisasm, NVIDIA's assembler and disassembler: with them the tests know what every kernel needs of a
# GPU, without one. They are NVIDIA's, not free software, and come from Debian 13's non-free package nvidia-cuda-toolkit;
# nothing is installed. About 90 MB under $CALM_CACHE (default ~/.cache/calm); needs Debian's apt, but not root.
set -eu

cache=${CALM_CACHE:-$HOME/.cache/calm}
target=$cache/ptxas
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
log=$cache/ptxas.log

fail() {
    echo "ptxas: $*" >&2
    exit 1
}

if [ -x "$target/ptxas" ] && [ -x "$target/nvdisasm" ]; then
    echo "ptxas: $target is there already."
    exit 0
fi
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    fail "needs Debian's apt-get and dpkg-deb; on other systems put the CUDA toolkit's ptxas on the PATH."
machine=$(dpkg --print-architecture)
case $machine in
    amd64 | arm64) ;;
    *) fail "Debian's nvidia-cuda-toolkit is made for amd64 and arm64, not for $machine." ;;
esac

mkdir -p "$cache"
work=$(mktemp -d "$cache/ptxas.XXXXXX")
trap 'rm -rf "$work"' EXIT

# A private apt: its one source is Debian 13's non-free part, and this system's lists and packages stay as they are.
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/package"
: >"$work/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie non-free" >"$work/sources.list"
cat >"$work/apt.conf" <<CONF
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$work";
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/status";
Dir::Cache "$work";
Dir::Cache::Archives "$work/archives";
APT::Sandbox::User "";
Acquire::Languages "none";
CONF

echo "ptxas: fetching nvidia-cuda-toolkit of Debian 13 from $mirror; the log is $log."
(
    cd "$work/package"
    export APT_CONFIG="$work/apt.conf"
    apt-get -q update && apt-get -q download nvidia-cuda-toolkit && dpkg-deb -x ./*.deb .
) >"$log" 2>&1 || fail "$(grep -m 1 '^E:' "$log" || tail -n 1 "$log")"

mkdir "$work/bin"
for tool in ptxas nvdisasm; do
    found=$(find "$work/package" -type f -name "$tool" -path '*/bin/*' | head -n 1)
    [ -n "$found" ] || fail "the package nvidia-cuda-toolkit holds no $tool."
    mv "$found" "$work/bin/$tool"
done
version=$("$work/bin/ptxas" --version 2>&1 | sed -n 's/.*release \([0-9.]*\).*/\1/p')
[ -n "$version" ] || fail "the ptxas of Debian 13 does not run here."
rm -rf "$target"
mv "$work/bin" "$target"
echo "ptxas: $target, version $version."

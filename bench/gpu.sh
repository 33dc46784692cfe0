#!/bin/sh
# bench/gpu.sh [FILE]: packs a day on a GPU into one archive (default: calm-gpu.tar.xz), for a Linux machine with a driver and
# nothing else: the program with its runtime, the golden fixtures, day.sh, and PyTorch's side. Unpack it there: ./day.sh.
set -eu

bench=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$bench")
file=${1:-calm-gpu.tar.xz}
say() { echo "gpu: $*" >&2; }

for tool in dotnet xz tar; do
    command -v $tool >/dev/null || { say "$tool is not on the PATH."; exit 1; }
done
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
day=$work/calm-gpu
mkdir -p "$day/calm" "$day/golden" "$day/peers"

dotnet publish "$root/apps/Calm.Cli" -c Release -r linux-x64 --self-contained -v quiet --nologo -o "$day/calm" >&2 || {
    say "publishing failed."
    exit 1
}
[ -e "$day/calm/calm" ] || ln -s Calm.Cli "$day/calm/calm"
cp -r "$root/tests/golden/." "$day/golden"
cp "$bench/day/day.sh" "$bench/day/report.sh" "$day"
cp "$bench/day/"*.py "$day/peers"
cat "$root/README.md" "$root/docs/"*.md >"$day/text.txt"
git -C "$root" describe --always --dirty >"$day/VERSION" 2>/dev/null || echo unknown >"$day/VERSION"
chmod +x "$day/day.sh"
XZ_OPT=${XZ_OPT:--6 -T0} tar -C "$work" -cJf "$file" calm-gpu
say "$file, $(du -k "$file" | cut -f 1) KB: copy it to the machine, then tar -xJf it and run calm-gpu/day.sh."

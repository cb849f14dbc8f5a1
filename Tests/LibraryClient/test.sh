#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test.sh COMMAND: builds the examples of docs/library.md as a package of their own, runs them, and compares
# what they write with what the command writes. Recording needs root; without, its message is checked.
set -eu

command=$(realpath "$1")
folder=$(dirname "$(realpath "$0")")
build() {
  swift build --package-path "$folder" --scratch-path "$folder/../../.build/library-client" -c release \
    --static-swift-stdlib "$@"
}
build --quiet
binaries=$(build --show-bin-path)
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

printf 'main;work;sort 5\nmain;read 2\n' >"$scratch/in.folded"
"$binaries/draw" "$scratch/in.folded" "$scratch/out.svg" >"$scratch/text"
printf '7 samples of ["samples"]\n5 below work\n' | cmp - "$scratch/text"

# An input that names its target: the command names those that do not after their files.
"$command" report --quiet "$scratch/in.folded" -o "$scratch/in.json"
for suffix in folded svg html pb.gz speedscope.json firefox.json trace.json perf.txt json; do
  "$binaries/draw" "$scratch/in.json" "$scratch/library.$suffix" >"$scratch/text"
  "$command" report --quiet "$scratch/in.json" -o "$scratch/command.$suffix"
  cmp "$scratch/library.$suffix" "$scratch/command.$suffix"
done

# A small client stays small: at most 16 MB with Swift's runtime, of which an empty program has 9.
size=$(stat -c %s "$binaries/draw")
[ "$size" -le 16000000 ] || {
  echo "draw has $size bytes, more than 16 MB" >&2
  exit 1
}

# On an idle machine there would be nothing to record.
while :; do :; done &
busy=$!
trap 'kill $busy; rm -r "$scratch"' EXIT
"$binaries/ask" "$command" "$scratch/all.svg" >"$scratch/text"
# As root it must have recorded; else the message must say why not.
expected='nothing was recorded: '
[ "$(id -u)" != 0 ] || expected='samples of the whole machine'
grep -q "$expected" "$scratch/text" || {
  echo "ask said: $(cat "$scratch/text")" >&2
  exit 1
}
[ "$(id -u)" != 0 ] || [ -s "$scratch/all.svg" ] || {
  echo 'ask wrote no all.svg' >&2
  exit 1
}

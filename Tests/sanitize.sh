#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the unit tests with a sanitizer and runs them: an error that it finds ends the run.
#
#     sanitize.sh address|thread [--filter NAME]
#
# With `address`, the C sources are checked for undefined behaviour, too.
set -euo pipefail
kind=$1 && shift
folder=.build/sanitize-$kind

# Tests that cannot run so, with the reason. End-to-end tests run the binary that is shipped.
skipped=(--skip EndToEndTests)

options=(--sanitize="$kind" --scratch-path "$folder")
if [ "$kind" = address ]; then
  # The address sanitizer's library has what these checks call.
  options+=(-Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined)
fi
swift build --quiet ${SANITIZE_JOBS:+-j "$SANITIZE_JOBS"} --build-tests "${options[@]}"

# Swift's crash handler would wait for input. Leaks are not searched for: tests end while their
# caches live.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=0:exitcode=66
Tests/failures-last.sh swift test --skip-build --disable-xctest "${options[@]}" "${skipped[@]}" "$@"

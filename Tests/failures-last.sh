#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs `swift test` and prints its failures once more at the end, after thousands of other lines.
#
#     failures-last.sh COMMAND [ARGUMENT...]
set -o pipefail
log=$(mktemp) && trap 'rm -f "$log"' EXIT

NO_COLOR=1 "$@" 2>&1 | tee "$log"
status=$?
[ $status = 0 ] && exit

# Each line about a test begins with a sign. To an issue belong the lines after it, up to the next
# sign, but for the source's comments: five lines will do.
LC_ALL=C sed 's/\x1b\[[0-9;]*m//g' "$log" |
  LC_ALL=C awk '/^[^ -~\t]/ && !/^↳/ { rest = / recorded an issue / ? 5 : 0 }
    !/^↳ \/\// && rest-- > 0' |
  LC_ALL=C.UTF-8 sed -E 's/^(.{500}).+/\1 …/' | head -n 15
exit $status

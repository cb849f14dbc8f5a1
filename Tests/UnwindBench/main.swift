// SPDX-License-Identifier: Apache-2.0

// unwind-bench [--compare COUNT] FILE...
//
// Builds the tables of files: CPU, best of 5, against libdw walked from row to row. Then says
// how many of COUNT random addresses a file (100,000) have the same answer from both.

import Glibc
import LibdwOracle
import Unwinding

/// CPU of this thread, user and kernel: getrusage counts the two apart, but in ticks that are too
/// coarse for small files.
func microseconds(_ body: () throws -> Void) rethrows -> Int {
  func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
  }
  let start = now()
  try body()
  return now() - start
}

func walk(_ table: UnwindTable, with oracle: LibdwOracle) -> Int {
  var rows = 0
  for (index, packed) in table.rows.enumerated() {
    // libdw's rows from here to where the next of ours begins: merged ones, padding.
    var pc = UInt64(UnwindRow(rawValue: packed).pc)
    let end =
      index + 1 < table.rows.count
      ? UInt64(UnwindRow(rawValue: table.rows[index + 1]).pc) : pc + 1
    while pc < end, let next = oracle.endOfRow(at: pc), next > pc {
      rows += 1
      pc = next
    }
  }
  return rows
}

var arguments = Array(CommandLine.arguments.dropFirst())
var count = 100_000
if arguments.first == "--compare", arguments.count > 1, let given = Int(arguments[1]) {
  count = given
  arguments.removeFirst(2)
}
var generator = SeededGenerator(seed: 1)
var isEqual = true
for path in arguments {
  let table: UnwindTable
  do {
    table = try UnwindTable(path: path)
  } catch {
    print("\(path): \(error)")
    continue
  }
  let best =
    try (0..<5).map { _ in
      try microseconds { _ = try UnwindTable(path: path) }
    }.min() ?? 0
  var line = "\(path): \(table.rows.count) rows, \(best) us"
  if table.skippedEntries > 0 { line += ", \(table.skippedEntries) entries skipped" }
  if count > 0, let oracle = LibdwOracle(path: path) {
    var rows = 0
    let libdws = microseconds { rows = walk(table, with: oracle) }
    let comparison = Comparison(of: table, with: oracle, count: count, using: &generator)
    line +=
      "; libdw \(rows) rows, \(libdws) us, \(libdws / max(1, best))x"
      + "; \(comparison.compared) addresses: \(comparison.equal) equal, "
      + "\(comparison.unknownToBoth) unknown to both, \(comparison.padding) padding, "
      + "\(comparison.unsupported) unsupported, \(comparison.refused) refused by libdw, "
      + "\(comparison.mismatches.count) mismatches"
    for mismatch in comparison.mismatches.prefix(5) { line += "\n  \(mismatch)" }
    isEqual = isEqual && comparison.mismatches.isEmpty
  }
  print(line)
}
exit(isEqual ? 0 : 1)

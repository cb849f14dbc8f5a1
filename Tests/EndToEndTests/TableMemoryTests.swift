// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// More unwind tables than the budget holds, used one after the other.
  @Suite struct TableMemoryTests {
    @Test func theColdestMakeRoom() async throws {
      // Two CPU seconds each: a table that was used within the last second is not evicted.
      let work = """
        /usr/bin/perl -e 'while ((times)[0] < 2) { $h{$_ % 99} .= 1 for 1..1000 }'
        /usr/bin/python3 -c 'import time
        while time.process_time() < 2: str(7).split()'
        """
      let arguments = ["--table-memory", "1", "-F", "499", "--", "/bin/sh", "-c", work]
      let statistics = try await RecordedRun(arguments).statistics
      #expect(try statistics.count("cost.tables_evicted") > 0)
      #expect(try statistics.count("cost.table_budget_bytes") == 1 << 20)
      #expect(try statistics.count("cost.table_bytes") <= 1 << 20)
      let complete = try statistics.count("stacks.complete")
      let cut = try statistics.counts("stacks.truncated").values
      #expect(complete > 9 * cut.reduce(0, +), "\(complete) complete, \(cut) cut")
    }
  }
}

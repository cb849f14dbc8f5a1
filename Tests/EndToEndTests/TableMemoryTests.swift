// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// More tables than there is room for, one after the other in use.
  @Suite struct TableMemoryTests {
    @Test func theColdestMakeRoom() async throws {
      let work = """
        /usr/bin/perl -e 'for (1..6e6) { $h{$_ % 99} .= 1 }'
        /usr/bin/python3 -c 'for i in range(2500000): str(i).split()'
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

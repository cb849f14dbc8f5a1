// SPDX-License-Identifier: Apache-2.0

import Foundation
import ProfileModel
import TestSupport
import Testing

@testable import Formats

struct StatsWriterTests {
  private func parsed(_ account: Account) throws -> [String: Any] {
    let session = serverProfile().session
    let bytes = StatsWriter().bytes(session: session, account: account)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  @Test func everyKeyIsThere() throws {
    let stats = try parsed(Account())
    func keys(_ path: String...) throws -> Set<String> {
      let inner = try path.reduce(stats) { try #require($0[$1] as? [String: Any]) }
      return Set(inner.keys)
    }
    #expect(
      Set(stats.keys) == [
        "version", "event", "frequency_hz", "cpus", "duration_s", "period", "count_name", "samples",
        "stacks", "frames", "cost",
      ])
    #expect(
      try keys("samples") == [
        "expected", "fired", "idle", "filtered", "recorded", "weight", "untimed", "lost",
      ])
    #expect(try keys("samples", "lost") == Set(LossReason.allCases.map(\.rawValue)))
    #expect(try keys("stacks") == ["complete", "approximate", "truncated"])
    #expect(try keys("stacks", "truncated") == Set(Truncation.allCases.map(\.rawValue)))
    #expect(
      try keys("frames") == [
        "named", "module_only", "unknown", "limited_modules", "reread_files",
      ])
    #expect(
      try keys("cost") == [
        "bpf_runs", "bpf_ns", "setup_cpu_s", "sampling_cpu_s", "finish_cpu_s", "worker_cpu_s",
        "worker_max_rss_bytes", "max_rss_bytes",
        "map_bytes", "stop_to_written_s", "table_bytes", "table_budget_bytes", "tables_evicted",
        "side_band_records",
      ])
  }

  @Test func valuesAreThoseOfTheAccount() throws {
    var account = Account()
    account.samples.fired = 1008
    account.samples.lost[.hashCollision] = 8
    account.stacks.truncated[.depth] = 3
    account.frames.moduleOnly = 5
    account.cost.bpfNanoseconds = 18_446_744_073_709_551_615
    account.cost.setupCPUSeconds = 0.125
    let text = String(
      decoding: StatsWriter().bytes(session: serverProfile().session, account: account),
      as: UTF8.self)
    for part in [
      "{\"version\":1,\"event\":\"cpu-clock\",\"frequency_hz\":99,\"cpus\":2,\"duration_s\":30.0,",
      "\"fired\":1008", "\"hash_collision\":8", "\"depth\":3", "\"module_only\":5",
      "\"bpf_ns\":18446744073709551615", "\"setup_cpu_s\":0.125", "\"map_full\":0",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(text.hasSuffix("}}\n"))
  }

  /// The laws of other collectors than that of samples: any number of them, and no key without one.
  @Test func lawsAreWrittenAsTheyAre() throws {
    #expect(try parsed(Account())["laws"] == nil)
    var account = Account()
    account.laws = [
      ConservationLaw(
        "waits", .nanoseconds, total: 100, parts: [.init("waited", 90), .init("lost", 8)],
        tolerance: 2)
    ]
    let text = String(
      decoding: StatsWriter().bytes(session: serverProfile().session, account: account),
      as: UTF8.self)
    #expect(
      text.hasSuffix(
        """
        "laws":[{"key":"waits","quantity":"nanoseconds","total":100,"tolerance":2,\
        "parts":[{"name":"waited","amount":90},{"name":"lost","amount":8}]}]}

        """))
  }
}

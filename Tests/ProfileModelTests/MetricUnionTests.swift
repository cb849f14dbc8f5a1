// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

@Suite struct MetricUnionTests {
  private let cpu = Metric.clock(pace: .frequency(99))
  private let faults = Metric.event("page-faults")
  private let bytes = Metric(name: "space", unit: .bytes)

  private func problem(_ inputs: [Metric]..., named name: String? = nil) -> ShownMetric.Problem? {
    var shown = ShownMetric(named: name)
    for metrics in inputs { shown.begin(metrics, usual: 0) }
    return shown.problem
  }

  @Test func metricsOfOneKindBecomeOne() {
    var union = MetricUnion()
    #expect(union.add([cpu, faults, faults], usual: 0) == [0, 1, 2])
    #expect(union.add([bytes, faults, .samples], usual: 0) == [3, 1, 0])
    #expect(union.add([faults, faults, faults], usual: 0) == [1, 2, 4])
    #expect(union.metrics == [.samples, faults, faults, bytes, faults])
    #expect(union.usual == 0)
  }

  /// Two inputs of an untrusted writer: 10^10 comparisons of pairs would take minutes.
  @Test(.timeLimit(.minutes(1))) func manyMetrics() {
    let metrics = (0..<100_000).map { Metric.event("event \($0)") }
    var union = MetricUnion()
    _ = union.add(metrics, usual: 0)
    #expect(union.add(metrics.reversed(), usual: 0) == metrics.indices.reversed())
    #expect(problem(metrics, metrics.reversed(), named: "event 7") == nil)
  }

  @Test func whatInputsShareIsProposed() {
    #expect(problem([cpu], [.samples, cpu]) == nil)
    #expect(problem([cpu], [bytes]) == .different(cpu, bytes, shared: []))
    #expect(
      problem([faults, .samples], [bytes, .samples, faults])
        == .different(faults, bytes, shared: ["page-faults", "samples"]))
    // A clock's metric counts samples, too.
    #expect(problem([cpu], [faults, .samples]) == .different(cpu, faults, shared: ["samples"]))
    #expect(problem([cpu], [faults, .samples], named: "samples") == nil)
    #expect(problem([cpu], [faults], named: "samples") == .missing("samples", has: ["page-faults"]))
  }

  @Test func samplesAreThoseOfAClock() {
    #expect(Metric.shown(in: [faults, cpu], named: "samples", usual: 0) == 1)
    #expect(Metric.shown(in: [cpu, .samples], named: "samples", usual: 0) == 1)
    #expect(Metric.shown(in: [faults, bytes], named: "samples", usual: 0) == nil)
  }
}

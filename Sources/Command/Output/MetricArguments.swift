// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ProfileModel

/// The option that chooses the metric of outputs that show only one.
struct MetricArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The metric to show, if there are several; 'samples' is the one that counts samples. \
      (default: wall, else cpu, else the input's own default)
      """, valueName: "name"))
  var metric: String?
}

/// The messages about metrics that cannot be shown.
extension Words {
  /// The failure of choosing a metric.
  static func unshowable(_ problem: ShownMetric.Problem) -> Failure {
    switch problem {
    case .missing(let name, let names):
      return .usage(
        "--metric \(VisibleText.of(name)): no such metric; there is "
          + names.map(VisibleText.of).joined(separator: ", "))
    case .different(let first, let second, let shared):
      return .runtime(
        "inputs with different metrics cannot be summed: \(describe(first)) and "
          + "\(describe(second)); read them one by one"
          + (shared.isEmpty
            ? ""
            : ", or choose a metric that all have by --metric: "
              + shared.map(VisibleText.of).joined(separator: ", ")))
    }
  }

  /// `page-faults`; with what its values are if that is not a count: `cpu (nanoseconds)`, or for a
  /// clock `cpu (samples)`.
  private static func describe(_ metric: Metric) -> String {
    let name = VisibleText.of(metric.name)
    return metric.unit == .count ? name : "\(name) (\(VisibleText.of(metric.countName)))"
  }
}

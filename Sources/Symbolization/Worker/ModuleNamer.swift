// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel
import Synchronization

/// Names one module after the other: those of strangers in a worker, if they are to be kept apart.
///
/// For one thread at a time.
final class ModuleNamer {
  /// What the workers of all threads have used.
  final class Costs: Sendable {
    private let costs = Mutex<[ParsingWorker.Cost]>([])

    func add(_ cost: ParsingWorker.Cost) { costs.withLock { $0.append(cost) } }

    var cpuSeconds: Double { costs.withLock { $0.reduce(0) { $0 + $1.cpuSeconds } } }
    /// Of the largest one.
    var peakBytes: UInt64 { costs.withLock { $0.map(\.peakBytes).max() ?? 0 } }
  }

  private let symbolizer: ModuleSymbolizer
  private let demangler: Demangler
  private let costs: Costs
  private var worker: ParsingWorker?

  init(_ symbolizer: ModuleSymbolizer, costs: Costs) {
    self.symbolizer = symbolizer
    self.costs = costs
    demangler = Demangler(symbolizer.options.demangling)
  }

  /// Nil where there is nothing to name in it.
  func names(for request: ModuleRequest) -> ModuleNames? {
    guard symbolizer.options.isolatesFiles, let file = request.source as? OpenFile else {
      return symbolizer.names(for: request, demangler)
    }
    do throws(NamingLimit) {
      return try names(for: request, file, symbolizer.options)
    } catch {
      return symbolNames(for: request, file, after: error)
    }
  }

  /// What is left when a worker has failed: where its debug information is too much, a file may have
  /// symbols still.
  private func symbolNames(
    for request: ModuleRequest, _ file: OpenFile, after limit: NamingLimit
  ) -> ModuleNames {
    var options = symbolizer.options
    options.debugLimit = 0
    if case .object = request.question, limit != .workerCrash,
      var names = try? names(for: request, file, options)
    {
      names.limits = [limit]
      return names
    }
    return ModuleNames(limit: limit, placeCount: request.question.count)
  }

  private func names(
    for request: ModuleRequest, _ file: OpenFile, _ options: Symbolizer.Options
  ) throws(NamingLimit) -> ModuleNames? {
    let worker = try startedWorker()
    do throws(NamingLimit) {
      return try worker.names(for: request, file: file, options)
    } catch {
      // Whatever comes next has a new one.
      self.worker = nil
      // It may have kept memory of earlier modules.
      guard error == .workerMemory, worker.requests > 1 else { throw error }
      return try names(for: request, file, options)
    }
  }

  private func startedWorker() throws(NamingLimit) -> ParsingWorker {
    if let worker { return worker }
    let worker = try ParsingWorker(report: costs.add)
    self.worker = worker
    return worker
  }
}

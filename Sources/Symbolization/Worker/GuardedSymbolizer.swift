// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Answers module requests: in a worker process if the options isolate files, else in this process.
///
/// Owned by one thread, which keeps one worker at a time. A worker that fails is replaced for the
/// next request.
final class GuardedSymbolizer {
  private let symbolizer: ModuleSymbolizer
  private let demangler: Demangler
  private let costs: WorkerCosts
  private var worker: ParsingWorker?

  init(_ symbolizer: ModuleSymbolizer, costs: WorkerCosts) {
    self.symbolizer = symbolizer
    self.costs = costs
    demangler = Demangler(symbolizer.options.demangling)
  }

  /// Nil where the file is not of the kind that the request expects.
  func names(for request: ModuleRequest) -> ModuleNames? {
    guard symbolizer.options.isolatesFiles, let file = request.source as? OpenFile else {
      return symbolizer.names(for: request, demangler)
    }
    do throws(NamingLimit) {
      return try names(for: request, file, symbolizer.options)
    } catch {
      return namesBySymbols(for: request, file, after: error)
    }
  }

  /// The answer when a worker has failed. Where the debug information was too much, the symbols alone
  /// may still be read.
  private func namesBySymbols(
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
    return ModuleNames(limit: limit, count: request.question.count)
  }

  private func names(
    for request: ModuleRequest, _ file: OpenFile, _ options: Symbolizer.Options
  ) throws(NamingLimit) -> ModuleNames? {
    let worker = try startedWorker()
    do throws(NamingLimit) {
      return try worker.names(for: request, file: file, options)
    } catch {
      self.worker = nil
      // It may still have held memory of earlier modules; a new one gets a second chance.
      guard error == .workerMemory, worker.requests > 1 else { throw error }
      return try names(for: request, file, options)
    }
  }

  private func startedWorker() throws(NamingLimit) -> ParsingWorker {
    if let worker { return worker }
    let worker = try ParsingWorker.start(report: costs.add)
    self.worker = worker
    return worker
  }
}

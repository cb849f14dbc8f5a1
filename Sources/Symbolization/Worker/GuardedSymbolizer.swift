// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Answers module requests: in worker processes if the options isolate files, else in this process.
///
/// Owned by one thread, which keeps at most one worker for each reader of debug information. A worker
/// that fails is replaced for the next request, and one that has read files of another owner.
final class GuardedSymbolizer {
  private let symbolizer: ModuleSymbolizer
  private let demangler: Demangler
  private let costs: WorkerCosts
  private var workers: [DebugReader: ParsingWorker] = [:]

  init(_ symbolizer: ModuleSymbolizer, costs: WorkerCosts) {
    self.symbolizer = symbolizer
    self.costs = costs
    demangler = Demangler(symbolizer.options.demangling)
  }

  /// Nil where the file is not of the kind that the request expects.
  func names(for request: ModuleRequest) -> ModuleNames? {
    let options = symbolizer.options
    guard options.isolatesFiles, let file = request.source as? OpenFile else {
      return symbolizer.names(for: request, demangler)
    }
    if options.time?.isOver == true {
      return ModuleNames(limit: .namingTime, count: request.question.count)
    }
    guard request.question.isOfObject, options.debugReader != .own else {
      return names(for: request, file, by: [.own])
    }
    let readers: [DebugReader] = options.debugReader == .libdw ? [.libdw] : [.own, .libdw]
    return names(for: request, file, by: readers)
  }

  /// The answer of the first reader, completed by the next one in what it cannot read; by the symbols
  /// if all fail. The readers share the time of one, unless both are requested and compared.
  private func names(
    for request: ModuleRequest, _ file: OpenFile, by readers: [DebugReader]
  ) -> ModuleNames? {
    let comparesAll = symbolizer.options.debugReader == .both
    var best: ModuleNames?
    var failure: NamingLimit?
    var spent = WorkerTime()
    for reader in readers where symbolizer.options.time?.isOver != true {
      if comparesAll { spent = WorkerTime() }
      do throws(NamingLimit) {
        guard let names = try names(for: request, file, reader, &spent) else { return nil }
        if let first = best {
          if comparesAll {
            symbolizer.options.differences?.compare(first, names, path: request.path)
          }
          best = first.completed(by: names)
        } else {
          best = names
          if failure != nil { costs.countRereadFile() }
        }
        guard comparesAll || names.limits.contains(where: \.isOfReader) else { break }
      } catch {
        failure = failure ?? error
        // There is no time left for the next reader.
        if error == .workerTimeout, !comparesAll { break }
      }
    }
    if best == nil, symbolizer.options.time?.isOver == true { failure = .namingTime }
    return best ?? namesBySymbols(for: request, file, after: failure ?? .workerCrash)
  }

  /// The answer when workers have failed. Where the debug information was too much, the symbols alone
  /// may still be read.
  private func namesBySymbols(
    for request: ModuleRequest, _ file: OpenFile, after limit: NamingLimit
  ) -> ModuleNames {
    // Symbols have a time of their own: they are few compared with debug information.
    var spent = WorkerTime()
    if request.question.isOfObject,
      ![.workerCrash, .workerUnconfined, .namingTime].contains(limit),
      var names = try? names(for: request, file, .own, &spent, debugLimit: 0)
    {
      names.limits = [limit]
      return names
    }
    return ModuleNames(limit: limit, count: request.question.count)
  }

  /// - Parameters:
  ///   - spent: What workers have used for the module until now; what this one uses is added.
  ///   - debugLimit: as in the options; nil for the same.
  ///   - isRetry: Whether a worker that was killed is replaced by this one.
  private func names(
    for request: ModuleRequest, _ file: OpenFile, _ reader: DebugReader, _ spent: inout WorkerTime,
    debugLimit: UInt64? = nil, isRetry: Bool = false
  ) throws(NamingLimit) -> ModuleNames? {
    let worker = try startedWorker(for: reader, FileOwner(of: file))
    var options = symbolizer.options
    options.debugReader = reader
    options.debugLimit = debugLimit ?? options.debugLimit
    do throws(NamingLimit) {
      return try worker.names(for: request, file: file, options, &spent)
    } catch {
      workers[reader] = nil
      // It may still have held memory of earlier modules, or another process may have killed it; a new
      // one gets a second chance.
      guard error == .workerMemory, worker.requests > 1 || worker.wasKilled && !isRetry else {
        throw error
      }
      return try names(
        for: request, file, reader, &spent, debugLimit: debugLimit, isRetry: worker.wasKilled)
    }
  }

  private func startedWorker(
    for reader: DebugReader, _ owner: FileOwner?
  ) throws(NamingLimit) -> ParsingWorker {
    if let owner, let worker = workers[reader], worker.owner == owner { return worker }
    // The old one ends first: its memory is free for the new one.
    workers[reader] = nil
    let worker = try ParsingWorker.start(
      for: owner, symbolizer.options.workerArguments, report: costs.add)
    workers[reader] = worker
    return worker
  }
}

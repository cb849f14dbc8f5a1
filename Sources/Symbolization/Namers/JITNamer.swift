// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel

/// Names code that was generated at run time, by the files in which its compiler lists it: a jitdump,
/// and, for what that lacks, a perf map.
///
/// Keeps no name from one batch to the next, since such code is replaced all the time.
struct JITNamer: Namer {
  let symbolizer: ModuleSymbolizer
  /// Of processes that were about to end, by their id and start.
  private var held: [ProcessKey: JITFiles] = [:]
  /// Waits between two readings of a perf map; replaced by tests.
  let pause: () -> Void

  private struct ProcessKey: Hashable {
    let pid: Int32
    let start: UInt64

    init(_ process: RecordedProcess) { (pid, start) = (process.pid, process.startTime) }
  }

  init(symbolizer: ModuleSymbolizer, pause: @escaping () -> Void = { usleep(1000) }) {
    (self.symbolizer, self.pause) = (symbolizer, pause)
  }

  func accepts(_ location: Location) -> Bool {
    if case .generatedCode = location { true } else { false }
  }

  mutating func frames(
    at locations: [Location], in context: NamingContext, _ names: inout NameTable
  ) -> [[Int]] {
    var byProcess: [Int: [TimedAddress]] = [:]
    for case .generatedCode(let address) in locations {
      byProcess[address.process, default: []].append(address.timed)
    }
    let guarded = GuardedSymbolizer(symbolizer, costs: context.costs)
    var found = FoundCode()
    for (process, addresses) in byProcess.sorted(by: { $0.key < $1.key }) {
      name(addresses.sorted(), of: process, in: context, guarded, &found)
    }
    if found.codes.count < locations.count { found.limits.insert(.codeUntold) }

    var nameless = Module(kind: .anonymous, path: "[anonymous]")
    nameless.limits = NamingLimit.allCases.filter(found.limits.contains)
    return locations.map { location in
      guard case .generatedCode(let address) = location else { return [] }
      guard let code = found.codes[address] else {
        return [names.unnamedFrame(at: 0, inModule: names.index(of: nameless))]
      }
      let module = names.index(of: Module(kind: .anonymous, path: "[jit]"))
      return [
        names.index(
          of: Frame(
            function: names.index(of: code.function), module: module, address: 0, line: code.line))
      ]
    }
  }

  mutating func processesWillEnd(in recording: Recording) -> Bool {
    held = [:]
    for process in recording.processes where held.count < Self.mostHeld {
      let hasCode = process.mappings.contains { mapping in
        recording.objects.indices.contains(mapping.object)
          && recording.objects[mapping.object].kind == .anonymous
      }
      if hasCode, let files = JITFiles.hold(of: process) { held[ProcessKey(process)] = files }
    }
    return !held.isEmpty
  }

  /// What the files of all processes have named until now.
  private struct FoundCode {
    struct Code {
      var function: Function
      var line: UInt32
    }

    var codes: [ProcessAddress: Code] = [:]
    /// Why names are missing.
    var limits: Set<NamingLimit> = []
    /// How often a perf map was read again.
    var pauses = 0

    mutating func add(_ names: ModuleNames, to addresses: [TimedAddress], of process: Int) {
      for (address, entry) in zip(addresses, names.entries) {
        guard let frame = entry.frames.first else { continue }
        codes[ProcessAddress(process: process, timed: address)] = Code(
          function: names.functions[Int(frame.function)], line: frame.line)
      }
      limits.formUnion(names.limits)
    }
  }

  /// - Parameter addresses: sorted.
  private func name(
    _ addresses: [TimedAddress], of process: Int, in context: NamingContext,
    _ guarded: GuardedSymbolizer, _ found: inout FoundCode
  ) {
    let recorded = context.processes[process]
    guard let files = held[ProcessKey(recorded)] ?? JITFiles.find(of: recorded) else { return }
    let mapped = Set(recorded.mappings.map(\.object)).compactMap { object in
      context.objects.indices.contains(object) ? context.objects[object].path : nil
    }
    if let offset = files.clockOffset, let dump = files.openDump(mappedFrom: mapped) {
      let byItsClock = addresses.map { $0.byClock(ahead: offset) }
      let request = ModuleRequest(source: dump, path: "", question: .jitDump(byItsClock))
      if let names = guarded.names(for: request) { found.add(names, to: addresses, of: process) }
    }
    let rest = addresses.filter { found.codes[ProcessAddress(process: process, timed: $0)] == nil }
    guard !rest.isEmpty else { return }
    let names = namesFromPerfMap(at: rest.map(\.address), of: files, guarded, pauses: &found.pauses)
    if let names { found.add(names, to: rest, of: process) }
  }

  /// Reads the perf map; again after a pause, up to the limits below, while it is empty or cannot be read
  /// whole: some compilers rewrite their map all the time.
  private func namesFromPerfMap(
    at addresses: [UInt64], of files: JITFiles, _ guarded: GuardedSymbolizer, pauses: inout Int
  ) -> ModuleNames? {
    for _ in 0..<Self.mostReadings {
      do throws(AbsenceReason) {
        let map = try files.openPerfMap()
        let request = ModuleRequest(source: map, path: "", question: .perfMap(addresses))
        if let names = guarded.names(for: request) { return names }
      } catch .refusedType {
        // Empty.
      } catch {
        return nil
      }
      guard pauses < Self.mostPauses else { return nil }
      pauses += 1
      pause()
    }
    return nil
  }

  /// How often the perf map of one process is read.
  static let mostReadings = 50
  /// How often maps are read again in all: users could make many processes with an empty map.
  private static let mostPauses = 1000
  /// How many processes' files are held; each takes two descriptors.
  private static let mostHeld = 64
}

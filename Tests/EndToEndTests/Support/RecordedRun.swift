// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// A finished run of `flameback record`, with its outputs.
///
/// Every run is checked for its exit code, the law of conservation, and equal totals of all outputs.
struct RecordedRun {
  var result: Flameback.Result
  var folded: FoldedStacks
  var picture: FlameGraphPicture
  var pprof: PprofProfile
  var statistics: Statistics
  /// The folder of `out.folded`, `out.svg`, `out.pb.gz` and `stats.json`.
  var folder: TemporaryFolder

  /// All but the statistics.
  var outputs: [any SampledOutput] { [folded, picture, pprof] }
  /// Values that the profiled command printed.
  var printed: PrintedValues { PrintedValues(result.output) }

  static func outputArguments(in folder: TemporaryFolder) -> [String] {
    [
      "-o", folder("out.folded"), "-o", folder("out.svg"), "-o", folder("out.pb.gz"), "--stats",
      folder("stats.json"),
    ]
  }

  /// `flameback record`, all outputs, and `arguments`.
  /// - Parameters:
  ///   - exits: The expected exit codes.
  ///   - prefix: A program and its arguments that run flameback.
  ///   - switches: Variables of the testing binary, which then runs.
  init(
    _ arguments: [String], exits: Set<Int32> = [0], prefix: [String] = [],
    environment: [String: String] = [:], switches: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let folder = try TemporaryFolder()
    let flameback = try Flameback(
      ["record"] + Self.outputArguments(in: folder) + arguments, prefix: prefix,
      environment: environment, switches: switches)
    try await self.init(flameback, folder, exits: exits, sourceLocation: sourceLocation)
  }

  /// A run of a command on one CPU, the only one that is sampled. The command keeps it busy.
  init(
    onOneCPU options: [String], _ command: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let allowed = try #require(ProcessStatus(getpid())["Cpus_allowed_list"])
    let cpu = String(allowed.prefix { $0.isNumber })
    try await self.init(
      options + ["-C", cpu, "--", "taskset", "-c", cpu] + command, sourceLocation: sourceLocation)
  }

  /// A run with a stopped program, which gets SIGCONT once samples are taken.
  init(
    continuing program: SampleProgram, _ arguments: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let folder = try TemporaryFolder()
    let flameback = try Flameback(
      ["record", "-p", "\(program.pid)"] + Self.outputArguments(in: folder) + arguments)
    try await flameback.isSampling()
    program.child.send(SIGCONT)
    try await self.init(flameback, folder, sourceLocation: sourceLocation)
  }

  /// A run that is stopped once `isEnough` returns, which is called when samples are taken. How many
  /// samples there are then does not depend on how busy the machine is.
  init(
    _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation,
    until isEnough: () async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let flameback = try Flameback(["record"] + Self.outputArguments(in: folder) + arguments)
    try await flameback.isSampling()
    try await isEnough()
    flameback.child.send(SIGINT)
    try await self.init(flameback, folder, sourceLocation: sourceLocation)
  }

  /// The end of a run that was started with `outputArguments(in: folder)`.
  init(
    _ flameback: Flameback, _ folder: TemporaryFolder, exits: Set<Int32> = [0],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    self.folder = folder
    let ended = try await flameback.finish()
    try #require(
      exits.contains { ended.exit == .code($0) }, "\(ended)", sourceLocation: sourceLocation)
    result = ended

    folded = try FoldedStacks(folder.text(of: "out.folded"))
    picture = try FlameGraphPicture(Data(contentsOf: URL(filePath: folder("out.svg"))))
    pprof = try await PprofProfile(path: folder("out.pb.gz"))
    statistics = try Statistics(Data(contentsOf: URL(filePath: folder("stats.json"))))

    let recorded = try statistics.count("samples.recorded")
    #expect(recorded > 0, sourceLocation: sourceLocation)
    #expect(try statistics.residual == 0, sourceLocation: sourceLocation)
    #expect(try statistics.brokenLaws == [:], sourceLocation: sourceLocation)
    // The number of recorded samples, unless events are counted.
    let weight = try statistics.count("samples.weight")
    #expect(folded.total == weight, sourceLocation: sourceLocation)
    #expect(picture.total == weight, sourceLocation: sourceLocation)
    #expect(pprof.total == weight, sourceLocation: sourceLocation)
    #expect(try folder.contents == ["out.folded", "out.pb.gz", "out.svg", "stats.json"])
  }

  /// Expected samples that were not fired: a virtual machine's CPUs stand still at times.
  var missing: Double {
    get throws {
      try max(0, statistics.number("samples.expected") - statistics.number("samples.fired"))
    }
  }

  /// Expects a total within a relative tolerance, and the missing samples below.
  func expectTotal(
    _ total: Int, within share: Double, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let deviation = share * Double(total)
    let range = try Double(total) - deviation - missing...Double(total) + deviation
    #expect(range.contains(Double(folded.total)), sourceLocation: sourceLocation)
  }
}

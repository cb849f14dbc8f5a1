// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Builds profiles for tests, a sample at a time, with every part held once as in real ones.
package struct ProfileBuilder {
  package private(set) var profile: Profile

  private var functions: [Function: Int] = [:]
  private var frames: [Frame: Int] = [:]
  private var stacks: [Stack: Int] = [:]

  package init(target: String = "PID 42 (server)", host: String = "build-7") {
    profile = Profile(
      session: Session(
        target: target, host: host, metrics: [.clock(pace: .frequency(99))], cpus: 2,
        // 2026-11-02 14:03:12 UTC
        startedAt: 1_793_628_192_000_000_000, duration: 30_000_000_000))
  }

  package mutating func module(
    _ path: String, _ kind: Module.Kind = .file, buildID: [UInt8] = []
  ) -> Int {
    let hasSegment = kind == .file || kind == .vdso
    profile.modules.append(
      Module(
        kind: kind, path: path, buildID: BuildID(buildID), segmentStart: hasSegment ? 0x1000 : 0,
        segmentEnd: hasSegment ? 0x9000 : 0, segmentFileOffset: hasSegment ? 0x1000 : 0))
    return profile.modules.count - 1
  }

  /// A frame; two with equal parts are one.
  package mutating func frame(
    _ name: String, in module: Int, at address: UInt64 = 0x1234, systemName: String? = nil,
    file: String = "", startLine: UInt32 = 0, line: UInt32 = 0, isInlined: Bool = false,
    naming: Frame.Naming = .named
  ) -> Int {
    let function = Function(
      name: name, systemName: systemName, file: file, startLine: startLine)
    let frame = Frame(
      function: Self.index(of: function, in: &profile.functions, &functions), module: module,
      address: address, line: line, isInlined: isInlined, naming: naming)
    return Self.index(of: frame, in: &profile.frames, &frames)
  }

  /// - Parameter path: Frames from the root to the leaf, as outputs show them.
  package mutating func sample(
    _ comm: String, pid: Int32 = 42, tid: Int32? = nil, _ path: [Int],
    truncation: Truncation? = nil, count: UInt64
  ) {
    let stack = Stack(frames: path.reversed(), truncation: truncation)
    let process =
      profile.processes.firstIndex { $0.pid == pid }
      ?? {
        profile.processes.append(ProfiledProcess(pid: pid, comm: comm))
        return profile.processes.count - 1
      }()
    profile.samples.append(
      Sample(
        process: process, threadID: tid ?? pid, comm: comm,
        stack: Self.index(of: stack, in: &profile.stacks, &stacks), values: SampleValues(count)))
    profile.account.samples.recorded += count
    profile.account.samples.fired += count
  }

  package mutating func lose(_ count: UInt64, _ reason: LossReason) {
    profile.account.samples.lost[reason, default: 0] += count
    profile.account.samples.fired += count
  }

  private static func index<Value: Hashable>(
    of value: Value, in values: inout [Value], _ known: inout [Value: Int]
  ) -> Int {
    if let index = known[value] { return index }
    known[value] = values.count
    values.append(value)
    return values.count - 1
  }
}

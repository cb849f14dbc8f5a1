// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

/// flameback's JSON loses nothing.
struct ProfileJSONTests {
  /// A profile in which no field has its default value.
  private func fullProfile() -> Profile {
    var session = Session(
      target: "PID 42 (server)", host: "build-7",
      metrics: [
        .event("page-faults", pace: .period(10)),
        Metric(
          name: "wall", unit: .nanoseconds, unitsPerCount: 10_101_010, countsSamples: true,
          event: "cpu-clock", pace: .frequency(99)),
        Metric(name: "odd", unit: .other("furlongs"), event: "x"),
      ], cpus: 2, startedAt: 1_793_628_192_000_000_000, duration: 30_000_000_000)
    session.shown = 2
    var module = Module(
      kind: .file, path: "/bin/server", buildID: BuildID([1, 2, 3]), segmentStart: 0x1000,
      segmentEnd: 0x9000, segmentFileOffset: 0x100)
    module.limits = [.tooLarge, .noSymbols]
    var account = Account()
    account.samples.expected = 1
    account.samples.fired = 2
    account.samples.idle = 3
    account.samples.filtered = 4
    account.samples.recorded = 5
    account.samples.recordedValues = [6, 7, 8]
    account.samples.lost = [.busy: 9]
    account.samples.untimed = 10
    account.stacks.complete = 11
    account.stacks.approximate = 12
    account.stacks.truncated = [.depth: 13]
    account.frames.named = 14
    account.frames.moduleOnly = 15
    account.frames.unknown = 16
    account.frames.limitedModules = [.tooLarge: 17]
    account.frames.rereadFiles = 43
    account.cost.bpfRuns = 18
    account.cost.bpfNanoseconds = 1 << 60
    account.cost.setupCPUSeconds = 0.125
    account.cost.samplingCPUSeconds = 0.25
    account.cost.finishCPUSeconds = 0.375
    account.cost.workerCPUSeconds = 0.5
    account.cost.maxRSSBytes = 19
    account.cost.workerPeakBytes = 20
    account.cost.mapBytes = 21
    account.cost.stopToWrittenSeconds = 0.625
    account.cost.tableBytes = 22
    account.cost.tableBudgetBytes = 23
    account.cost.tablesEvicted = 24
    account.cost.sideBandRecords = 37
    var trial = UnwindingTrial()
    trial.walks = 25
    trial.frames = 26
    trial.walkNanoseconds = 27
    trial.medianNanosecondsPerFrame = 0.75
    trial.tableRuns = 28
    trial.tableNanoseconds = 29
    trial.helperRuns = 30
    trial.helperNanoseconds = 31
    account.cost.trial = trial
    account.laws = [
      ConservationLaw("a", .runs, total: 32, parts: [.init("x", 33), .init("lost: y", 34)]),
      ConservationLaw("b", .nanoseconds, total: 35, parts: [], tolerance: 36),
    ]
    return Profile(
      session: session, processes: [ProfiledProcess(pid: 42, comm: "server")], modules: [module],
      functions: [Function(name: "f()", systemName: "_Z1fv", file: "/src/f.cpp", startLine: 3)],
      frames: [
        Frame(
          function: 0, module: 0, address: 0x1234, line: 5, isInlined: true, naming: .moduleOnly)
      ],
      stacks: [Stack(frames: [0], truncation: .noCFI)],
      samples: [
        Sample(
          process: 0, threadID: 43, comm: "worker", stack: 0, values: [100, 2, 7], times: [1, 2],
          group: SampleGroup(cpu: 1, cgroup: "/a"))
      ], account: account)
  }

  /// Fields that have the same value in both, so that losing one could not be seen.
  private func sameFields(_ full: Any, _ usual: Any) -> [String] {
    zip(Mirror(reflecting: full).children, Mirror(reflecting: usual).children).compactMap {
      String(describing: $0.value) == String(describing: $1.value)
        ? "\(type(of: full)).\($0.label ?? "")" : nil
    }
  }

  /// A new field has to be set in the profile above, and so cannot be forgotten in the format.
  @Test func everyFieldIsSet() throws {
    let full = fullProfile()
    let none = Profile(session: Session())
    #expect(sameFields(full, none) == [])
    #expect(sameFields(full.session, none.session) == [])
    #expect(sameFields(full.session.metrics[1], Metric(name: "", unit: .count)) == [])
    #expect(sameFields(full.account.samples, SampleAccount()) == [])
    #expect(sameFields(full.account.stacks, StackAccount()) == [])
    #expect(sameFields(full.account.frames, FrameAccount()) == [])
    #expect(sameFields(full.account.cost, CostAccount()) == [])
    #expect(sameFields(try #require(full.account.cost.trial), UnwindingTrial()) == [])
    #expect(sameFields(full.modules[0], Module(kind: .unknown, path: "")) == [])
    #expect(sameFields(full.functions[0], Function(name: "")) == [])
    // Indices are 0 in both; a wrong one would be another profile.
    let frame = Frame(function: -1, module: -1, address: 0)
    #expect(sameFields(full.frames[0], frame) == [])
    #expect(sameFields(full.stacks[0], Stack(frames: [])) == [])
    let sample = Sample(process: -1, threadID: 0, comm: "", stack: -1, values: [0])
    #expect(sameFields(full.samples[0], sample) == [])
    #expect(sameFields(full.samples[0].group, SampleGroup()) == [])
  }

  @Test func nothingIsLost() throws {
    for profile in [fullProfile(), serverProfile(), hostileProfile(), timedServerProfile()] {
      let text = try ProfileJSONWriter().bytes(of: profile)
      let again = try ProfileJSONReader.read(JSONPart(text))
      #expect(again.session == profile.session)
      #expect(again.account == profile.account)
      #expect(again.processes == profile.processes)
      #expect(again.modules == profile.modules)
      #expect(again.functions == profile.functions)
      #expect(again.frames == profile.frames)
      #expect(again.stacks == profile.stacks)
      #expect(again.samples == profile.samples)
      #expect(try ProfileJSONWriter().bytes(of: again) == text)
    }
  }

  /// Files of version 1 have one metric, in keys of the session.
  @Test(arguments: [
    (#""event":"cpu-clock","frequency_hz":99"#, Metric.clock(pace: .frequency(99))),
    (
      #""event":"cpu-clock","frequency_hz":500,"period":2000000"#,
      Metric.clock(pace: .period(2_000_000))
    ),
    (
      #""event":"page-faults","frequency_hz":0,"period":10,"count_name":"page-faults""#,
      Metric.event("page-faults", pace: .period(10))
    ),
    (#""event":"","frequency_hz":0"#, Metric.samples),
  ])
  func version1IsRead(session: String, metric: Metric) throws {
    let text = """
      {"flameback":1,"session":{"target":"t","host":"h",\(session),"cpus":2,
      "started_at_ns":5,"duration_ns":6},"account":{"samples":{"recorded":7,"weight":70}},
      "processes":[{"pid":42,"comm":"server"}],"modules":[{"kind":"file","path":"/bin/p"}],
      "functions":[{"name":"f"}],"frames":[{"function":0,"module":0}],"stacks":[{"frames":[0]}],
      "samples":[{"process":0,"tid":42,"comm":"server","stack":0,"count":70}]}
      """
    let profile = try ProfileJSONReader.read(JSONPart(Array(text.utf8)))
    #expect(profile.session.metrics == [metric])
    #expect(profile.session.target == "t" && profile.session.startedAt == 5)
    #expect(profile.totalCount == 70)
    #expect(profile.account.samples.recorded == 7)
    #expect(profile.account.samples.recordedValues == [70])
  }

  @Test func laterVersionsAreRefused() {
    #expect(throws: ReadingError.version(3, readable: 2)) {
      try ProfileJSONReader.read(JSONPart(Array(#"{"flameback":3}"#.utf8)))
    }
  }
}

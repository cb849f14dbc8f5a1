// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import ProfileModel
import Synchronization
import Testing

@testable import Sampling

/// Windows of a sampler that follow each other. They load a BPF program, so they need root.
@Suite(.enabled(if: geteuid() == 0), .serialized) struct SamplingWindowTests {
  /// The law holds in each window alone, and windows join without a gap.
  @Test func everyWindowIsWholeInItself() throws {
    let windows = try sample { (started) throws(SamplingError) in
      var sampler = started
      var windows: [SamplingWindow] = []
      for _ in 0..<5 { windows.append(try sampler.nextWindow(of: 100_000_000)) }
      if let last = try sampler.finish() { windows.append(last) }
      return windows
    }
    #expect(windows.map(\.end) == [nil, nil, nil, nil, nil, .stopped])
    for window in windows {
      #expect(window.recording.account.allLaws.map(\.residual).allSatisfy { $0 == 0 })
      let samples = window.recording.account.samples
      #expect(window.recording.samples.reduce(0) { $0 + $1.values[0] } == samples.recorded)
    }
    for (window, next) in zip(windows, windows.dropFirst()) {
      #expect(next.recording.session.duration == next.endedAt - window.endedAt)
    }
    // How many samples there are depends on the machine, but some of the windows have some.
    #expect(windows.contains { $0.recording.account.samples.recorded > 0 })
  }

  /// What became readable between two windows ends the next one at once.
  @Test func theLastWindowSaysWhySamplingEnded() throws {
    let stop = try WakeUp()
    let descriptor = stop.descriptor
    stop.signal()
    let windows = try sample(stop: descriptor) { (started) throws(SamplingError) in
      var sampler = started
      var windows = [try sampler.nextWindow(of: 1_000_000_000)]
      if let more = try sampler.finish() { windows.append(more) }
      return windows
    }
    #expect(windows.map(\.end) == [.stopped])
  }

  /// The duration of the plan ends the last window, however long that one was to be.
  @Test func theDurationEndsTheLastWindow() throws {
    let windows = try sample(duration: 150_000_000) { (started) throws(SamplingError) in
      var sampler = started
      var windows: [SamplingWindow] = []
      repeat {
        windows.append(try sampler.nextWindow(of: 100_000_000))
      } while windows[windows.count - 1].end == nil
      return windows
    }
    #expect(windows.last?.end == .durationOver)
    #expect(windows.count <= 2)
  }

  /// A run is a single window.
  @Test func aRunIsOneWindow() throws {
    let run = try inOwnThread { () throws(SamplingError) in
      let sampler = try Self.sampler(duration: 50_000_000, hasWindows: false)
      let command = sampler.command
      defer { command?.end() }
      let result = try sampler.run(stop: -1, progress: nil)
      return (
        result.end, result.recording.account, result.recording.session.metrics,
        SamplingPlan(target: .wholeMachine, rate: .frequency(999)).metrics
      )
    }
    #expect(run.0 == .durationOver)
    #expect(run.1.allLaws.map(\.residual).allSatisfy { $0 == 0 })
    // What `--metric` accepts without a run.
    #expect(run.2 == run.3)
  }

  private func sample(
    stop: CInt = -1, duration: UInt64? = nil,
    _ body: @escaping @Sendable (consuming Sampler) throws(SamplingError) -> [SamplingWindow]
  ) throws -> [SamplingWindow] {
    try inOwnThread { () throws(SamplingError) in
      var sampler = try Self.sampler(duration: duration, hasWindows: true)
      let command = sampler.command
      defer { command?.end() }
      let end = try sampler.start(stop: stop)
      precondition(end == nil)
      return try body(sampler)
    }
  }

  /// A sampler of a program that uses a CPU until it is ended, and keeps starting others.
  private static func sampler(
    duration: UInt64?, hasWindows: Bool
  ) throws(SamplingError) -> Sampler {
    let command = ["/bin/sh", "-c", "while :; do /bin/true; done"].map { Array($0.utf8CString) }
    var plan = SamplingPlan(target: .command(command), rate: .frequency(999), duration: duration)
    plan.hasWindows = hasWindows
    return try Sampler(plan, signalMask: sigset_t())
  }

  /// Runs a body in a thread of its own, which ends with it: a sampler gives up capabilities of its
  /// thread, and other tests need them.
  private func inOwnThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws(SamplingError) -> Value
  ) throws -> Value {
    let box = OutcomeBox<Value>()
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      do throws(SamplingError) {
        box.set(.success(try body()))
      } catch {
        box.set(.failure(error))
      }
      done.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
    done.wait()
    return try #require(box.result).get()
  }
}

/// The outcome of a thread.
private final class OutcomeBox<Value: Sendable>: Sendable {
  private let stored = Mutex<Result<Value, SamplingError>?>(nil)
  var result: Result<Value, SamplingError>? { stored.withLock { $0 } }
  func set(_ result: Result<Value, SamplingError>) { stored.withLock { $0 = result } }
}

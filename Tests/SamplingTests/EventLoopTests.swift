// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sampling

/// A time that stands still except while the loop waits, and descriptors that become ready at given
/// times.
private final class FakeTime {
  var now: UInt64 = 0
  /// By descriptor, when it becomes ready next.
  var readyAt: [CInt: UInt64] = [:]
  /// The descriptors of each wait.
  private(set) var waits: [[CInt]] = []

  var clock: LoopClock {
    LoopClock(now: { self.now }) { descriptors, deadline in
      self.waits.append(descriptors)
      let due = self.readyAt.filter { descriptors.contains($0.key) }
      let first = min(due.values.min() ?? .max, deadline)
      precondition(first < .max, "the loop would wait for ever")
      self.now = max(self.now, first)
      return Set(due.filter { $0.value <= self.now }.keys)
    }
  }
}

private struct LoopState: ~Copyable {
  let time: FakeTime
  var calls: [String] = []
  var deadline: UInt64?
  var isResting = false
}

private typealias Loop = EventLoop<LoopState, String>

@Suite struct EventLoopTests {
  private let time = FakeTime()

  /// A timer runs when its deadline has come, and moves it.
  @Test func timersRunAtTheirDeadlines() {
    var loop = Loop(clock: time.clock)
    loop.addTimer({ $0.deadline }) { state, now in
      state.calls.append("\(now)")
      state.deadline = now + 10
      return now == 35 ? "end" : nil
    }
    var state = LoopState(time: time, deadline: 5)
    #expect(loop.run(&state) == "end")
    #expect(state.calls == ["5", "15", "25", "35"])
  }

  /// A timer without a deadline is stopped; here until a source sets one.
  @Test func aStoppedTimerDoesNotRun() {
    var loop = Loop(clock: time.clock)
    time.readyAt = [7: 100]
    loop.addTimer({ $0.deadline }) { _, now in "timer at \(now)" }
    loop.addSource({ _ in [7] }) { state, _ in
      state.time.readyAt[7] = nil
      state.deadline = 130
      return nil
    }
    var state = LoopState(time: time)
    #expect(loop.run(&state) == "timer at 130")
  }

  /// Handlers run in the order in which they were added, each with its own ready descriptors.
  @Test func sourcesRunInOrder() {
    var loop = Loop(clock: time.clock)
    time.readyAt = [3: 10, 4: 10, 5: 10, 6: 11]
    loop.addSource({ _ in [4, 3] }) { state, ready in
      state.calls.append("first \(ready)")
      return nil
    }
    loop.addSource({ _ in [6, 5, -1] }) { state, ready in
      state.calls.append("second \(ready)")
      return "end"
    }
    loop.addSource({ _ in [3] }) { state, _ in
      state.calls.append("third")
      return nil
    }
    var state = LoopState(time: time)
    #expect(loop.run(&state) == "end")
    #expect(state.calls == ["first [4, 3]", "second [5]"])
  }

  /// A source that returns no descriptors is left out of the wait, and takes part again later.
  @Test func aSourceRests() {
    var loop = Loop(clock: time.clock)
    time.readyAt = [7: 10]
    loop.addTimer({ $0.isResting ? $0.deadline : nil }) { state, _ in
      state.isResting = false
      return nil
    }
    loop.addSource({ $0.isResting ? [] : [7] }) { state, _ in
      state.calls.append("\(state.time.now)")
      state.isResting = true
      state.deadline = state.time.now + 20
      return state.calls.count == 3 ? "end" : nil
    }
    var state = LoopState(time: time)
    #expect(loop.run(&state) == "end")
    #expect(state.calls == ["10", "30", "50"])
    #expect(time.waits == [[7], [], [7], [], [7]])
  }

  /// What was not served when a run ended is served in the next one.
  @Test func aRunGoesOnWhereTheLastOneEnded() {
    var loop = Loop(clock: time.clock)
    time.readyAt = [3: 10, 4: 10]
    loop.addSource({ _ in [3] }) { state, _ in
      state.time.readyAt[3] = nil
      return "first"
    }
    loop.addSource({ _ in [4] }) { _, _ in "second" }
    var state = LoopState(time: time)
    #expect(loop.run(&state) == "first")
    #expect(loop.run(&state) == "second")
  }

  /// The system's clock: a descriptor that is ready ends the wait at once.
  @Test func theSystemClockPollsDescriptors() throws {
    let wakeUp = try WakeUp()
    let clock = LoopClock.system
    #expect(clock.wait([wakeUp.descriptor, -1], clock.now()) == [])
    wakeUp.signal()
    #expect(clock.wait([wakeUp.descriptor, -1], .max) == [wakeUp.descriptor])
  }
}

@Suite struct LoopIntervalTests {
  @Test func requestPollsBackOff() {
    var backoff = PollBackoff()
    #expect(backoff.deadline == 0)
    var intervals: [UInt64] = []
    for _ in 0..<8 {
      backoff.advance(at: 1_000_000_000)
      intervals.append((backoff.deadline - 1_000_000_000) / 1_000_000)
    }
    #expect(intervals == [1, 2, 4, 8, 16, 32, 50, 50])
    backoff.reset()
    #expect(backoff.deadline == 0)
    backoff.advance(at: 0)
    #expect(backoff.deadline == 1_000_000)
  }

  /// Pauses double while records come right behind each other, and are short again after a while.
  @Test func recordPausesGrowInAStorm() {
    var batching = RecordBatching()
    #expect(batching.pauseEnd == nil)
    var now: UInt64 = 1_000_000_000
    var lengths: [UInt64] = []
    for _ in 0..<7 {
      batching.beginPause(at: now)
      let end = batching.pauseEnd ?? 0
      lengths.append(end - now)
      now = end + 1000
      batching.endPause()
    }
    #expect(lengths == [60_000, 120_000, 240_000, 480_000, 960_000, 1_920_000, 2_000_000])
    now += 4_000_000
    batching.beginPause(at: now)
    #expect(batching.pauseEnd == now + 60_000)
  }

  @Test func recordsThatAreHeldBackAreReadAgain() {
    var batching = RecordBatching()
    batching.recordsWereRead(at: 1000, someAreHeldBack: true)
    #expect(batching.nextRead == 61_000)
    batching.recordsWereRead(at: 61_000, someAreHeldBack: false)
    #expect(batching.nextRead == nil)
    // They are read when the pause ends.
    batching.beginPause(at: 1_000_000)
    batching.recordsWereRead(at: 1_000_100, someAreHeldBack: true)
    #expect(batching.nextRead == nil)
  }
}

// SPDX-License-Identifier: Apache-2.0

/// A loop that waits for file descriptors and for points in time, and runs the handler of each one
/// that is due, until a handler returns an outcome.
///
/// The loop is a machine with three steps that follow each other in a circle:
///
///     expire ──► wait ──► dispatch ──► expire …
///
/// 1. *Expire.* The handler of every timer whose deadline has passed runs.
/// 2. *Wait.* The loop asks every source for its descriptors and every timer for its next
///    deadline, and sleeps until a descriptor is ready or the earliest deadline has come.
/// 3. *Dispatch.* The handler of every source that has ready descriptors runs.
///
/// Handlers run one at a time, in the order in which they were added: the order is a priority. The
/// first outcome ends the run at once, so what was added behind it does not run in that round. It
/// runs at the beginning of the next run, if its descriptor is still ready.
///
/// All that changes is in the state, which the loop neither owns nor reads. It is passed to the
/// handlers, and in step 2 to the functions that name descriptors and deadlines. Because these are
/// asked anew in every round, nothing has to be registered again when something changes: a source
/// rests while it returns no descriptors, a timer stops when it returns nil, and it moves when a
/// handler changes what its deadline is computed from. The price is a call of each function a round.
///
/// A timer's handler must move the timer's own deadline into the future, and a source's handler
/// must take what made its descriptor ready, or the loop runs without waiting.
struct EventLoop<State: ~Copyable, Outcome> {
  private struct Source {
    let descriptors: (borrowing State) -> [CInt]
    let handle: (inout State, _ ready: [CInt]) -> Outcome?
  }

  private struct Timer {
    let deadline: (borrowing State) -> UInt64?
    let handle: (inout State, _ now: UInt64) -> Outcome?
  }

  private var sources: [Source] = []
  private var timers: [Timer] = []
  private let clock: LoopClock

  /// - Parameter clock: the system's; tests pass one that they move themselves.
  init(clock: LoopClock = .system) { self.clock = clock }

  /// Adds a source of events.
  ///
  /// - Parameters:
  ///   - descriptors: file descriptors to poll for reading, for the hang-up of their other end and
  ///     for errors. Negative ones are ignored.
  ///   - handle: called with those of them that are ready, at least one. An outcome ends the run.
  mutating func addSource(
    _ descriptors: @escaping (borrowing State) -> [CInt],
    handle: @escaping (inout State, _ ready: [CInt]) -> Outcome?
  ) {
    sources.append(Source(descriptors: descriptors, handle: handle))
  }

  /// Adds a timer.
  ///
  /// - Parameters:
  ///   - deadline: when to call `handle`, in nanoseconds of CLOCK_MONOTONIC; nil while stopped. A
  ///     deadline in the past is due at once.
  ///   - handle: called once the deadline has passed. An outcome ends the run.
  mutating func addTimer(
    _ deadline: @escaping (borrowing State) -> UInt64?,
    handle: @escaping (inout State, _ now: UInt64) -> Outcome?
  ) {
    timers.append(Timer(deadline: deadline, handle: handle))
  }

  /// Runs until a handler returns an outcome.
  func run(_ state: inout State) -> Outcome {
    while true {
      if let outcome = expire(&state) { return outcome }
      let polled = sources.map { $0.descriptors(state) }
      let ready = clock.wait(polled.flatMap(\.self), earliestDeadline(state))
      if ready.isEmpty { continue }
      for (source, descriptors) in zip(sources, polled) {
        let own = descriptors.filter(ready.contains)
        if !own.isEmpty, let outcome = source.handle(&state, own) { return outcome }
      }
    }
  }

  private func expire(_ state: inout State) -> Outcome? {
    let now = clock.now()
    for timer in timers {
      if let deadline = timer.deadline(state), deadline <= now,
        let outcome = timer.handle(&state, now)
      {
        return outcome
      }
    }
    return nil
  }

  private func earliestDeadline(_ state: borrowing State) -> UInt64 {
    var earliest = UInt64.max
    for timer in timers {
      if let deadline = timer.deadline(state) { earliest = min(earliest, deadline) }
    }
    return earliest
  }
}

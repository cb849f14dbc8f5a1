// SPDX-License-Identifier: Apache-2.0

import Glibc
import Sampling
import Symbolization
import Synchronization
import System

/// The stop signals SIGINT, SIGTERM, SIGHUP and SIGQUIT: the first requests a normal end of the run.
/// SIGINT again ends the search for names, if that has not ended; SIGINT again abandons the run. The
/// other signals never do. If the sampling ends by itself, the first SIGINT ends the search for names,
/// but abandons nothing: it may have been meant for the sampling. Signals within half a second of each
/// other, or of that end, count once, since some programs, such as timeout(1), send several.
///
/// The signals are blocked in all threads and received by one thread with sigwaitinfo(2). So there
/// is no signal handler, and further signals work even if other threads are busy.
enum StopSignals {
  /// The stop signals.
  static let all = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

  /// Signals closer to each other than this count once, in nanoseconds.
  private static let closest: UInt64 = 500_000_000

  /// Those that were received and counted.
  private static let count = Atomic<Int>(0)
  /// What the next signal does.
  private struct State {
    /// Whether there was a signal, be it left to the command or not.
    var wasReceived = false
    /// Whether the sampling ends or has ended, by a signal or by itself.
    var isStopping = false
    /// When it ended by itself, in nanoseconds of CLOCK_MONOTONIC; 0 if it has not.
    var endedAt: UInt64 = 0
    /// Nil when the search for names has ended or was ended.
    var naming: NamingTime?
  }

  private static let state = Mutex(State())
  private static let waits = Atomic<Int>(0)
  private static let pipeEnd = Atomic<CInt>(-1)
  private static let sharesTerminal = Atomic<Bool>(false)

  /// The result of `start`.
  struct Start {
    /// A pipe that is readable from the first stop signal on. -1 if it could not be made: then the
    /// signals have their default action.
    var descriptor: CInt
    /// The signal mask before `start`, which a started command gets.
    var originalMask: sigset_t
  }

  /// Blocks the signals and starts the thread that receives them. Must be called before any other
  /// thread exists, since threads inherit the mask.
  ///
  /// - Parameter time: The time for names, which the second SIGINT ends.
  static func start(naming time: NamingTime) -> Start {
    state.withLock { $0.naming = time }
    var mask = stopSignalMask()
    var original = sigset_t()
    pthread_sigmask(SIG_BLOCK, &mask, &original)
    var descriptor = openPipe()
    var thread = pthread_t()
    if descriptor >= 0, pthread_create(&thread, nil, takeStopSignals, nil) != 0 { descriptor = -1 }
    if descriptor < 0 { pthread_sigmask(SIG_SETMASK, &original, nil) }
    return Start(descriptor: descriptor, originalMask: original)
  }

  /// Leaves a Ctrl-C on the terminal to the started command, which gets it as well: sampling goes
  /// on until the command ends.
  static func shareTerminalWithCommand() { sharesTerminal.store(true, ordering: .relaxed) }

  /// The next SIGINT ends the search for names, whatever has ended the sampling.
  static func samplingHasEnded() {
    state.withLock { state in
      if !state.isStopping { state.endedAt = monotonicNanoseconds() }
      state.isStopping = true
    }
  }

  /// From now on SIGINT abandons the run, if there was a stop signal before.
  static func namingHasEnded() { state.withLock { $0.naming = nil } }

  /// Whether a stop signal was received.
  static var wasReceived: Bool { count.load(ordering: .relaxed) > 0 }

  /// A wait that the next stop signal ends. While this object exists, such a signal does not abandon
  /// the run.
  final class Wait {
    private let before: Int

    init() {
      waits.add(1, ordering: .relaxed)
      before = count.load(ordering: .relaxed)
    }

    deinit { waits.subtract(1, ordering: .relaxed) }

    /// Whether no stop signal was received since it began.
    var goesOn: Bool { count.load(ordering: .relaxed) == before }
  }

  /// Makes the pipe, keeps its write end and returns its read end; -1 on failure.
  private static func openPipe() -> CInt {
    do throws(SystemError) {
      let ends = try PrivatePipe().release()
      pipeEnd.store(ends.writer, ordering: .relaxed)
      return ends.reader
    } catch {
      return -1
    }
  }

  fileprivate static func listen() -> Never {
    // This thread needs no rights but to remove a temporary file. The main thread, which gives up its own
    // after that, reports it if that cannot be done.
    try? Capability.keep([.dacOverride])
    var mask = stopSignalMask()
    var last: UInt64?
    while true {
      var info = siginfo_t()
      guard sigwaitinfo(&mask, &info) > 0 else { continue }
      let now = monotonicNanoseconds()
      if let last, now - last < closest { continue }
      last = now
      take(info, at: now)
    }
  }

  private static func take(_ info: siginfo_t, at now: UInt64) {
    count.add(1, ordering: .relaxed)
    // The wait has ended by that.
    if waits.load(ordering: .relaxed) > 0 { return }
    // SI_KERNEL: the signal came from the terminal, so the command got it, too. It may ignore it: the
    // next one is for us.
    let isForCommand =
      info.si_code == SI_KERNEL && [SIGINT, SIGQUIT].contains(info.si_signo)
      && sharesTerminal.load(ordering: .relaxed)
    let isAbandoned = state.withLock { state -> Bool in
      let isFirst = !state.wasReceived
      state.wasReceived = true
      if !state.isStopping {
        if isFirst, isForCommand { return false }
        state.isStopping = true
        wake()
        return false
      }
      guard info.si_signo == SIGINT, !isFirst || now >= state.endedAt + closest else {
        return false
      }
      guard let naming = state.naming.take() else { return !isFirst }
      naming.stop()
      return false
    }
    guard isAbandoned else { return }
    TemporaryFiles.removeAll()
    _exit(Failure.abandonedCode)
  }

  private static func wake() {
    var byte: UInt8 = 1
    _ = write(pipeEnd.load(ordering: .relaxed), &byte, 1)
  }
}

private func stopSignalMask() -> sigset_t {
  var mask = sigset_t()
  sigemptyset(&mask)
  for signal in StopSignals.all where !isIgnored(signal) { sigaddset(&mask, signal) }
  return mask
}

/// Whether SIGHUP is ignored, as nohup(1) sets it: blocking it would make sigwaitinfo receive it
/// all the same. The other signals are received even if they are ignored, since a script that
/// starts flameback with `&` makes it ignore SIGINT.
private func isIgnored(_ signal: CInt) -> Bool {
  var action = sigaction()
  // Functions cannot be compared; SIG_IGN is the address 1.
  return signal == SIGHUP && sigaction(signal, nil, &action) == 0
    && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
}

/// The entry of the signal thread. Not a closure, which crashes the compiler of Swift 6.3.1.
private func takeStopSignals(_: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  StopSignals.listen()
}

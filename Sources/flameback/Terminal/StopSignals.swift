// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// SIGINT, SIGTERM and SIGHUP: the first is a wish for a normal finish, the second abandons.
///
/// The signals are blocked in all threads and taken by one of ours, so nothing is ever done in a
/// signal handler, and the second one works whatever the rest of the program is busy with.
enum StopSignals {
  private static let count = Atomic<Int>(0)
  private static let pipeEnd = Atomic<CInt>(-1)
  private static let sharesTerminal = Atomic<Bool>(false)

  struct Start {
    /// Readable from the first wish on.
    var descriptor: CInt
    /// The mask before, which a started command shall have.
    var originalMask: sigset_t
  }

  /// To be called before any other thread exists.
  static func start() -> Start {
    var mask = sigset_t()
    var original = sigset_t()
    sigemptyset(&mask)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&mask, signal) }
    pthread_sigmask(SIG_BLOCK, &mask, &original)
    var ends: [CInt] = [-1, -1]
    pipe2(&ends, O_CLOEXEC)
    pipeEnd.store(ends[1], ordering: .relaxed)
    var thread = pthread_t()
    pthread_create(&thread, nil, { _ in listen() }, nil)
    return Start(descriptor: ends[0], originalMask: original)
  }

  /// From now on a started command gets the terminal's Ctrl-C as well: it decides when to end, and
  /// is recorded until then.
  static func shareTerminalWithCommand() { sharesTerminal.store(true, ordering: .relaxed) }

  /// Whether anybody asked for an end.
  static var wasAsked: Bool { count.load(ordering: .relaxed) > 0 }

  private static func listen() -> UnsafeMutableRawPointer? {
    var mask = sigset_t()
    sigemptyset(&mask)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&mask, signal) }
    while true {
      var info = siginfo_t()
      guard sigwaitinfo(&mask, &info) > 0 else { continue }
      if count.add(1, ordering: .relaxed).oldValue > 0 {
        TemporaryFiles.removeAll()
        _exit(Failure.abandonedCode)
      }
      // SI_KERNEL: it came from the terminal, and so went to the command, too.
      let isForCommand =
        info.si_code == SI_KERNEL && info.si_signo == SIGINT
        && sharesTerminal.load(ordering: .relaxed)
      if !isForCommand { wake() }
    }
  }

  private static func wake() {
    var byte: UInt8 = 1
    _ = write(pipeEnd.load(ordering: .relaxed), &byte, 1)
  }
}

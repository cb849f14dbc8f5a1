// SPDX-License-Identifier: Apache-2.0

import Glibc
import Sampling
import Synchronization

/// SIGINT, SIGTERM, SIGHUP and SIGQUIT: the first is a wish for a normal finish, the second abandons.
///
/// The signals are blocked in all threads and taken by one of ours, so nothing is ever done in a
/// signal handler, and the second one works whatever the rest of the program is busy with.
enum StopSignals {
  static let all = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

  private static let count = Atomic<Int>(0)
  private static let pipeEnd = Atomic<CInt>(-1)
  private static let sharesTerminal = Atomic<Bool>(false)

  struct Start {
    /// Readable from the first wish on; -1 if it could not be had: then signals end us as any program.
    var descriptor: CInt
    /// The mask before, which a started command shall have.
    var originalMask: sigset_t
  }

  /// To be called before any other thread exists.
  static func start() -> Start {
    var mask = stopSignalMask()
    var original = sigset_t()
    pthread_sigmask(SIG_BLOCK, &mask, &original)
    var descriptor = openPipe()
    var thread = pthread_t()
    if descriptor >= 0, pthread_create(&thread, nil, takeStopSignals, nil) != 0 { descriptor = -1 }
    if descriptor < 0 { pthread_sigmask(SIG_SETMASK, &original, nil) }
    return Start(descriptor: descriptor, originalMask: original)
  }

  /// From now on a started command gets the terminal's Ctrl-C as well: it decides when to end, and
  /// is recorded until then.
  static func shareTerminalWithCommand() { sharesTerminal.store(true, ordering: .relaxed) }

  /// Whether anybody asked for an end.
  static var wasAsked: Bool { count.load(ordering: .relaxed) > 0 }

  /// The end to read from; the other one is kept.
  private static func openPipe() -> CInt {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { return -1 }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    pipeEnd.store(ends[1], ordering: .relaxed)
    return ends[0]
  }

  fileprivate static func listen() -> Never {
    // All that it may have to do is to remove a file.
    Capability.keep([.dacOverride])
    var mask = stopSignalMask()
    while true {
      var info = siginfo_t()
      guard sigwaitinfo(&mask, &info) > 0 else { continue }
      if count.add(1, ordering: .relaxed).oldValue > 0 {
        TemporaryFiles.removeAll()
        _exit(Failure.abandonedCode)
      }
      // SI_KERNEL: it came from the terminal, and so went to the command, too.
      let isForCommand =
        info.si_code == SI_KERNEL && [SIGINT, SIGQUIT].contains(info.si_signo)
        && sharesTerminal.load(ordering: .relaxed)
      if !isForCommand { wake() }
    }
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

/// By nohup, which wants us to go on without a terminal: blocked, it would be taken all the same. Other
/// signals are ignored in what a script starts by `&`, which those who send them do not know.
private func isIgnored(_ signal: CInt) -> Bool {
  var action = sigaction()
  // Functions cannot be compared; SIG_IGN is the address 1.
  return signal == SIGHUP && sigaction(signal, nil, &action) == 0
    && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
}

/// The thread's entry. A function of its own: a closure here crashes Swift 6.3.1's compiler.
private func takeStopSignals(_: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  StopSignals.listen()
}

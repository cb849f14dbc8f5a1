// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel
import System

/// A child process that reads untrusted files for us: our own program without any rights. Its
/// answers are not trusted either. It ends with this object.
///
/// It reads files of one owner only: one that takes it over could give wrong names to all that it reads
/// after that, or pass on what it has read before.
///
/// Owned by one thread, which must live as long: the kernel ends the child with the thread that
/// started it.
final class ParsingWorker {
  /// What a worker has used when it has ended.
  struct Cost: Sendable {
    /// User and system time.
    var cpuSeconds = 0.0
    /// Peak resident memory; 0 where not known.
    var peakBytes: UInt64 = 0
  }

  /// The owner of the files that it reads.
  let owner: FileOwner?
  private let pid: pid_t
  private let channel: WorkerChannel
  private let report: (Cost) -> Void
  private var hasEnded = false
  /// Nanoseconds of CPU time, when it has ended.
  private var usedCPU: UInt64 = 0
  /// How many requests it was sent.
  private(set) var requests = 0
  /// Whether a signal of another process has ended it, or the kernel for want of memory.
  private(set) var wasKilled = false

  /// Starts a worker.
  ///
  /// - Parameters:
  ///   - owner: the owner of the files that it will read.
  ///   - arguments: of the worker; the service ignores them.
  ///   - report: called when the worker has ended.
  /// - Throws: `workerCrash` where it cannot be started.
  static func start(
    for owner: FileOwner?, _ arguments: [String] = [], report: @escaping (Cost) -> Void
  ) throws(NamingLimit) -> ParsingWorker {
    guard
      let child = ChildOfOwnProgram.start(as: WorkerService.name, arguments, environment: [])
    else { throw .workerCrash }
    return ParsingWorker(
      for: owner, pid: child.pid, WorkerChannel(socket: child.socket, acceptsFiles: false), report)
  }

  private init(
    for owner: FileOwner?, pid: pid_t, _ channel: consuming WorkerChannel,
    _ report: @escaping (Cost) -> Void
  ) {
    self.owner = owner
    self.pid = pid
    self.channel = channel
    self.report = report
  }

  deinit {
    if !hasEnded { _ = end(killing: true) }
  }

  /// The names in an untrusted file; nil where it is not of the kind that the request expects.
  ///
  /// - Parameter spent: What workers have used for the same file before; what this one uses is added.
  /// - Throws: `workerCrash`, `workerTimeout` or `workerMemory`. The worker has ended then.
  func names(
    for request: ModuleRequest, file: OpenFile, _ options: Symbolizer.Options,
    _ spent: inout WorkerTime
  ) throws(NamingLimit) -> ModuleNames? {
    requests += 1
    let deadline = WorkerDeadline(for: pid, after: spent, within: options.time)
    defer { spent = deadline.spent }
    deadline.extend(for: file)
    let companions = CompanionFiles(
      of: file, caches: options.debugCaches, isNamedByUser: options.isNamedByUser)
    do throws(WorkerChannel.Broken) {
      try channel.send(
        .request, WorkerTask(request, options).wire, file: file.descriptor.rawValue,
        wait: deadline.wait)
      while true {
        let message = try channel.receive(wait: deadline.wait)
        switch message.kind {
        case .open where request.question.isOfObject:
          let found = (try? CompanionRequest(wire: message.content)).flatMap(companions.open)
          if let found { deadline.extend(for: found) }
          try channel.send(.opened, file: found?.descriptor.rawValue ?? -1, wait: deadline.wait)
        case .names:
          do throws(WireReader.Malformed) {
            return try ModuleNames(
              wire: message.content, count: request.question.count,
              allowsLinesAlone: request.question.allowsLinesAlone)
          } catch {
            throw WorkerChannel.Broken()
          }
        case .nothing: return nil
        case .open, .request, .opened: throw WorkerChannel.Broken()
        }
      }
    } catch {
      let reason = reason(isTimeout: deadline.hasPassed)
      deadline.workerEnded(afterCPU: usedCPU)
      throw reason
    }
  }

  /// Ends the worker, and returns why it did not answer.
  private func reason(isTimeout: Bool) -> NamingLimit {
    let status = end(killing: isTimeout)
    if isTimeout { return .workerTimeout }
    // It was still running, and had sent a malformed message.
    guard let status else { return .workerCrash }
    let signal = status & 0x7f
    switch signal {
    case 0 where status >> 8 & 0xff == CInt(FB_OUT_OF_MEMORY): return .workerMemory
    case 0 where status >> 8 & 0xff == CInt(FB_NOT_CONFINED): return .workerUnconfined
    // Sent by the kernel when memory runs out, or by another process; we have not sent it.
    case SIGKILL:
      wasKilled = true
      return .workerMemory
    case SIGXCPU: return .workerTimeout
    default: return .workerCrash
    }
  }

  /// Ends the worker, and reports its cost.
  ///
  /// - Parameter killing: do not wait for it to end by itself.
  /// - Returns: the wait status where it ended by itself.
  private func end(killing: Bool) -> CInt? {
    hasEnded = true
    let peak = peakResidentMemory(of: pid)
    // One that has closed its socket is about to end by itself; its wait status says why.
    var end = killing || !isEnding() ? nil : childEnd(of: pid, within: 1000)
    let status = end?.status
    if end == nil {
      kill(pid, SIGKILL)
      end = childEnd(of: pid, within: 1000)
    }
    let usage = end?.usage ?? rusage()
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    let cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    usedCPU = UInt64(cpu * 1e9)
    report(Cost(cpuSeconds: cpu, peakBytes: peak))
    return status
  }

  /// Whether the worker has closed its end of the socket; waits up to 0.1 s for that.
  private func isEnding() -> Bool {
    var waited = pollfd(fd: channel.socket.rawValue, events: 0, revents: 0)
    return poll(&waited, 1, 100) > 0 && waited.revents & Int16(POLLHUP) != 0
  }
}

// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel

/// A child that reads the files of strangers for us: our own program once more, without any right.
/// Nothing that it answers is trusted. Ended with its owner.
///
/// For one thread at a time, which must outlive it: the kernel ends it with that thread.
final class ParsingWorker {
  /// What it has used, once it has ended.
  struct Cost: Sendable {
    var cpuSeconds = 0.0
    var peakBytes: UInt64 = 0
  }

  private let pid: pid_t
  private let channel: WorkerChannel
  private let report: (Cost) -> Void
  private var hasEnded = false
  /// How many modules it was asked for.
  private(set) var requests = 0

  /// - Parameter report: called when it has ended.
  /// - Throws: `workerCrash` where it cannot be started.
  init(report: @escaping (Cost) -> Void) throws(NamingLimit) {
    let fault = getenv(WorkerFault.variable).map {
      "\(WorkerFault.variable)=\(String(cString: $0))"
    }
    guard
      let child = OwnProgram(as: WorkerService.name, environment: fault.map { [$0] } ?? [])
    else { throw .workerCrash }
    pid = child.pid
    self.report = report
    channel = WorkerChannel(socket: child.socket, takesFiles: false)
  }

  deinit {
    if !hasEnded { _ = end(killing: true) }
  }

  /// The names that a file of strangers gives; nil where it is no such file.
  ///
  /// - Throws: `workerCrash`, `workerTimeout` or `workerMemory`; then it is of no more use.
  func names(
    for request: ModuleRequest, file: OpenFile, _ options: Symbolizer.Options
  ) throws(NamingLimit) -> ModuleNames? {
    requests += 1
    let patience = Patience(with: pid)
    patience.extend(for: file)
    do throws(WorkerChannel.Broken) {
      try channel.send(
        .request, WorkerTask(request, options).wire, file: file.descriptor.rawValue,
        wait: patience.wait)
      while true {
        let message = try channel.receive(wait: patience.wait)
        switch message.kind {
        case .open:
          let found = Self.open(message.content)
          if let found { patience.extend(for: found) }
          try channel.send(.opened, file: found?.descriptor.rawValue ?? -1, wait: patience.wait)
        case .names:
          do throws(WireReader.Malformed) {
            return try ModuleNames(
              wire: message.content, placeCount: request.question.count)
          } catch {
            throw WorkerChannel.Broken()
          }
        case .nothing: return nil
        case .request, .opened: throw WorkerChannel.Broken()
        }
      }
    } catch {
      throw reason(isOutOfPatience: patience.isOver)
    }
  }

  /// A file that the worker asks for: only what it could not read out secrets of.
  private static func open(_ path: [UInt8]) -> OpenFile? {
    guard path.first == UInt8(ascii: "/"), path.count <= 4096, !path.contains(0),
      let file = DebugFiles.openDirectly(String(decoding: path, as: UTF8.self)),
      file.bytes(at: 0, count: 4) == [0x7f, 0x45, 0x4c, 0x46]
    else { return nil }
    return file
  }

  /// Why it does not answer any more.
  private func reason(isOutOfPatience: Bool) -> NamingLimit {
    let status = end(killing: isOutOfPatience)
    if isOutOfPatience { return .workerTimeout }
    // One that talks nonsense is still there.
    guard let status else { return .workerCrash }
    let signal = status & 0x7f
    switch signal {
    case 0 where status >> 8 & 0xff == CInt(FB_OUT_OF_MEMORY): return .workerMemory
    // Not from us: from the kernel, which is out of memory.
    case SIGKILL: return .workerMemory
    case SIGXCPU: return .workerTimeout
    default: return .workerCrash
    }
  }

  /// Returns the wait status, if it ends by itself.
  private func end(killing: Bool) -> CInt? {
    hasEnded = true
    let peak = peakBytes()
    var usage = rusage()
    // What has closed its socket is ending by itself, and how tells why.
    let status = killing || !isEnding() ? nil : reap(&usage)
    if status == nil {
      kill(pid, SIGKILL)
      // On a disk that does not answer it may outlive even that; we do not wait for it.
      _ = reap(&usage)
    }
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    report(
      Cost(
        cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        peakBytes: peak))
    return status
  }

  /// The wait status, once it has ended; nil after a second.
  private func reap(_ usage: inout rusage) -> CInt? {
    for _ in 0..<1000 {
      var status: CInt = 0
      if wait4(pid, &status, WNOHANG, &usage) == pid { return status }
      usleep(1000)
    }
    return nil
  }

  /// Peak resident memory; 0 of one that has gone. Not from wait4: that one counts what its process
  /// had before exec, which was ours.
  private func peakBytes() -> UInt64 {
    guard let file = try? FileDescriptor(opening: "/proc/\(pid)/status", O_RDONLY),
      let text = try? file.read(at: 0, count: 4096)
    else { return 0 }
    for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: "VmHWM:".utf8) {
      let digits = line.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      return (UInt64(String(decoding: digits, as: UTF8.self)) ?? 0) << 10
    }
    return 0
  }

  private func isEnding() -> Bool {
    var waited = pollfd(fd: channel.socket.rawValue, events: 0, revents: 0)
    return poll(&waited, 1, 100) > 0 && waited.revents & Int16(POLLHUP) != 0
  }
}

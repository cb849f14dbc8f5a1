// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import Synchronization

/// The worker's side: reads the files of strangers, with no rights but to read what it is given.
public enum WorkerService {
  /// What the process is called: how our own program knows that it shall be a worker.
  static let name = "flameback-parser"
  /// To be called first thing: if this process was started as a worker, works until its parent has
  /// nothing more to ask, and never returns.
  public static func runIfStartedAsWorker() {
    guard CommandLine.arguments.first == name else { return }
    fb_confine(WorkerMemory.most)
    serve(
      WorkerChannel(socket: FileDescriptor(adopting: OwnProgram.descriptor), takesFiles: true),
      fault: getenv(WorkerFault.variable).map { String(cString: $0) })
    exit(0)
  }

  /// Answers requests until the other side is gone.
  ///
  /// - Parameter fault: see `WorkerFault`.
  static func serve(_ channel: consuming WorkerChannel, fault: String?) {
    let parent = Parent(channel)
    let fault = fault.flatMap(WorkerFault.init)
    var demangler = Demangler()
    while var request = parent.request() {
      guard request.kind == .request, let descriptor = request.file.take(),
        let file = try? OpenFile(descriptor), let task = try? WorkerTask(wire: request.content)
      else { return }
      fault?.strike(at: task)
      parent.allowMemory(for: file)
      if demangler.style != task.options.demangling {
        demangler = Demangler(task.options.demangling)
      }
      let symbolizer = ModuleSymbolizer(
        debugFiles: DebugFiles(task.options, openFile: parent.open),
        options: task.options)
      let names = symbolizer.names(
        for: ModuleRequest(source: file, path: task.path, question: task.question),
        demangler)
      guard parent.answer(names) else { return }
    }
  }
}

/// Asks the parent for files, and tells it names: it has the rights that the worker gave up.
private final class Parent: Sendable {
  private let state: Mutex<State>

  private struct State: ~Copyable {
    let channel: WorkerChannel
    /// Of the files of the module that is being worked on.
    var debugBytes: UInt64 = 0
  }

  init(_ channel: consuming WorkerChannel) {
    state = Mutex(State(channel: channel))
  }

  /// The next request; nil where the parent is gone.
  func request() -> WorkerChannel.Message? {
    state.withLock { state in
      state.debugBytes = 0
      return try? state.channel.receive(wait: Self.wait)
    }
  }

  func answer(_ names: ModuleNames?) -> Bool {
    state.withLock { state in
      let sent: Void? =
        if let names {
          try? state.channel.send(.names, names.wire, wait: Self.wait)
        } else {
          try? state.channel.send(.nothing, wait: Self.wait)
        }
      return sent != nil
    }
  }

  /// A file that belongs to the module, by its path; nil where the parent cannot open it.
  @Sendable func open(_ path: String) -> OpenFile? {
    let descriptor: FileDescriptor? = state.withLock { state in
      guard (try? state.channel.send(.open, Array(path.utf8), wait: Self.wait)) != nil,
        var answer = try? state.channel.receive(wait: Self.wait), answer.kind == .opened
      else { return nil }
      return answer.file.take()
    }
    guard let descriptor, let file = try? OpenFile(descriptor) else { return nil }
    allowMemory(for: file)
    return file
  }

  /// Files with debug information are worth more memory, and so is what JIT compilers tell.
  func allowMemory(for file: OpenFile) {
    let size = ElfImage(file).map(DebugSource.size) ?? file.size
    let sum = state.withLock { state in
      let (sum, overflows) = state.debugBytes.addingReportingOverflow(size)
      state.debugBytes = overflows ? .max : sum
      return state.debugBytes
    }
    WorkerMemory.allow(debugBytes: sum)
  }

  /// As long as it takes: when the parent is gone, the socket is ready, too.
  private static func wait(
    _ socket: borrowing FileDescriptor, for events: Int16
  ) -> Bool {
    var waited = pollfd(fd: socket.rawValue, events: events, revents: 0)
    return retryingWhenInterrupted { poll(&waited, 1, -1) } > 0
  }
}

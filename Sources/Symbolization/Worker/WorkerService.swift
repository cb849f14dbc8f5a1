// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import Synchronization
import System

/// The service of a worker process: it reads untrusted files for its parent, with no other right
/// than to read the files that the parent has opened for it.
package enum WorkerService {
  /// `argv[0]` of a worker.
  static let name = "flameback-parser"
  /// The descriptor of a worker's socket to its parent.
  package static let socket = ChildOfOwnProgram.descriptor

  /// If this process was started as a worker, answers requests until the parent closes the
  /// connection, and exits; otherwise returns and does nothing. `main` must call it first.
  ///
  /// - Parameter prepare: Called in the worker with each request before it is answered. For the tests'
  ///   own program, whose workers fail on purpose; by default nothing.
  package static func runIfStartedAsWorker(prepare: (WorkerTask) -> Void = { _ in }) {
    guard CommandLine.arguments.first == name else { return }
    fb_confine(WorkerMemory.most)
    serve(
      WorkerChannel(
        socket: FileDescriptor(adopting: socket), acceptsFiles: true), prepare: prepare)
    exit(0)
  }

  /// Answers requests until the other side closes the connection.
  ///
  /// - Parameter prepare: as in `runIfStartedAsWorker`.
  static func serve(
    _ channel: consuming WorkerChannel, prepare: (WorkerTask) -> Void = { _ in }
  ) {
    let parent = Parent(channel)
    var demangler = Demangler()
    while var request = parent.request() {
      guard request.kind == .request, let descriptor = request.file.take(),
        let file = try? OpenFile(descriptor), let task = try? WorkerTask(wire: request.content)
      else { return }
      parent.allowMemory(for: file)
      prepare(task)
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

/// The parent as its worker sees it: sends requests, receives names, and opens files with the
/// rights that the worker gave up.
private final class Parent: Sendable {
  private let state: Mutex<State>

  private struct State: ~Copyable {
    let channel: WorkerChannel
    /// Size of the debug information in the files of the present module.
    var debugBytes: UInt64 = 0
  }

  init(_ channel: consuming WorkerChannel) {
    state = Mutex(State(channel: channel))
  }

  /// The next request; nil where the parent has closed the connection.
  func request() -> WorkerChannel.Message? {
    state.withLock { state in
      state.debugBytes = 0
      return try? state.channel.receive(wait: Self.wait)
    }
  }

  /// Sends an answer; nil where the file was of another kind. False where the parent is gone.
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

  /// Opens a file that belongs to the module, by its path. Nil where the parent does not open it.
  @Sendable func open(_ path: String, _ proof: FileProof) -> OpenFile? {
    let request = CompanionRequest(path: path, proof: proof)
    let descriptor: FileDescriptor? = state.withLock { state in
      guard (try? state.channel.send(.open, request.wire, wait: Self.wait)) != nil,
        var answer = try? state.channel.receive(wait: Self.wait), answer.kind == .opened
      else { return nil }
      return answer.file.take()
    }
    guard let descriptor, let file = try? OpenFile(descriptor) else { return nil }
    allowMemory(for: file)
    return file
  }

  /// Raises the memory limit by the debug information in an ELF file, or by the size of another
  /// file.
  func allowMemory(for file: OpenFile) {
    let size = ElfImage(file).map(DebugSource.size) ?? file.size
    let sum = state.withLock { state in
      let (sum, overflows) = state.debugBytes.addingReportingOverflow(size)
      state.debugBytes = overflows ? .max : sum
      return state.debugBytes
    }
    WorkerMemory.allow(debugBytes: sum)
  }

  /// Waits without a limit. The socket is also ready when the parent is gone.
  private static func wait(
    _ socket: borrowing FileDescriptor, for events: Int16
  ) -> Bool {
    var waited = pollfd(fd: socket.rawValue, events: events, revents: 0)
    return retryingWhenInterrupted { poll(&waited, 1, -1) } > 0
  }
}

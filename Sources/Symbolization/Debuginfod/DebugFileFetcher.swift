// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc

/// The child process that fetches debug files from debuginfod servers. No other code of flameback
/// opens a network connection, and the child only runs if the user asks for it by `--debuginfod`. It
/// has no capabilities, and is never root unless root has no other ids.
package enum DebugFileFetcher {
  /// `argv[0]` of a fetcher.
  static let name = "flameback-fetcher"

  /// A message to the parent, sent by one write of `size` bytes.
  enum Message {
    /// Libdebuginfod is not installed: nothing can be fetched.
    case noLibrary
    /// The number of bytes of the present file that were received so far.
    case loaded(UInt64)
    /// The present file is in the cache.
    case found
    /// No server has the present file.
    case missing

    /// In bytes.
    static let size = 9

    var bytes: [UInt8] {
      var writer = WireWriter()
      switch self {
      case .noLibrary: writer.append(UInt8(0))
      case .loaded: writer.append(UInt8(1))
      case .found: writer.append(UInt8(2))
      case .missing: writer.append(UInt8(3))
      }
      if case .loaded(let count) = self { writer.append(count) } else { writer.append(UInt64(0)) }
      return writer.bytes
    }

    /// Nil where the bytes are not a message.
    init?(_ bytes: [UInt8]) {
      let reader = WireReader(bytes)
      switch reader.load(UInt8.self, at: 0) {
      case 0: self = .noLibrary
      case 1: self = .loaded(reader.load(UInt64.self, at: 1) ?? 0)
      case 2: self = .found
      case 3: self = .missing
      default: return nil
      }
    }
  }

  /// If this process was started as a fetcher of debug files, fetches the files whose build ids are
  /// its arguments behind the first, which is a word of `FetcherIdentity`, and exits; otherwise returns
  /// and does nothing. `main` must call it first.
  package static func runIfStartedAsFetcher() {
    let words = CommandLine.arguments
    guard words.first == name else { return }
    guard words.count > 1, let folder = getenv("DEBUGINFOD_CACHE_PATH"),
      FetcherIdentity.assume(words[1], folder: String(cString: folder)), fb_give_up_rights() == 0
    else { exit(1) }
    makeFolders(above: String(cString: folder))
    guard let library = Library() else {
      report(.noLibrary)
      exit(1)
    }
    for id in words.dropFirst(2) {
      report(library.fetch(id) ? .found : .missing)
    }
    exit(0)
  }

  /// Makes the folders in which libdebuginfod will make its cache, where they are missing. It makes none
  /// itself if its cache is named.
  private static func makeFolders(above path: String) {
    for index in path.indices where path[index] == "/" && index > path.startIndex {
      mkdir(String(path[..<index]), 0o700)
    }
  }

  /// Sends a message to the parent. False where the parent is gone.
  @discardableResult
  fileprivate static func report(_ message: Message) -> Bool {
    let bytes = message.bytes
    return write(ChildOfOwnProgram.descriptor, bytes, bytes.count) == bytes.count
  }
}

/// The functions of libdebuginfod that are needed. (elfutils/debuginfod.h.) Loaded at run time and
/// only in this process, since it depends on a dozen libraries.
private struct Library {
  private typealias Begin = @convention(c) () -> OpaquePointer?
  private typealias OnProgress = @convention(c) (OpaquePointer?, Int, Int) -> CInt
  private typealias SetProgress = @convention(c) (OpaquePointer, OnProgress) -> Void
  private typealias Find =
    @convention(c) (
      OpaquePointer, UnsafePointer<CChar>, CInt, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> CInt

  private let client: OpaquePointer
  private let find: Find

  /// Nil where the library is not installed.
  ///
  /// The casts are safe: the name states the library's major version, and the types are those that
  /// its header declares.
  init?() {
    guard let library = dlopen("libdebuginfod.so.1", RTLD_NOW),
      let begin = dlsym(library, "debuginfod_begin"),
      let setProgress = dlsym(library, "debuginfod_set_progressfn"),
      let find = dlsym(library, "debuginfod_find_debuginfo"),
      let client = unsafeBitCast(begin, to: Begin.self)()
    else { return nil }
    self.client = client
    self.find = unsafeBitCast(find, to: Find.self)
    unsafeBitCast(setProgress, to: SetProgress.self)(client) { _, done, _ in
      DebugFileFetcher.report(.loaded(UInt64(max(done, 0)))) ? 0 : 1
    }
  }

  /// Fetches the debug file of a build id. False where no server has it.
  func fetch(_ id: String) -> Bool {
    // A length of 0 means that the build id is a hexadecimal text.
    let descriptor = find(client, id, 0, nil)
    if descriptor >= 0 { close(descriptor) }
    return descriptor >= 0
  }
}

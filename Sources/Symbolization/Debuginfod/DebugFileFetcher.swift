// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc

/// The child that asks servers for debug files: the only code of ours that opens a connection, and
/// only with `--debuginfod`.
public enum DebugFileFetcher {
  static let name = "flameback-fetcher"

  /// What it tells its parent, in one write of always the same size.
  enum Message {
    case noLibrary
    /// Bytes of the present file so far.
    case loaded(UInt64)
    case found
    case missing

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

  /// To be called first thing: if this process was started as a fetcher, fetches the files whose
  /// build ids are its arguments, and never returns.
  public static func runIfStartedAsFetcher() {
    guard CommandLine.arguments.first == name else { return }
    fb_give_up_rights()
    guard let library = Library() else {
      tell(.noLibrary)
      exit(1)
    }
    for id in CommandLine.arguments.dropFirst() {
      tell(library.has(id) ? .found : .missing)
    }
    exit(0)
  }

  /// False where the parent is gone.
  @discardableResult
  fileprivate static func tell(_ message: Message) -> Bool {
    let bytes = message.bytes
    return write(OwnProgram.descriptor, bytes, bytes.count) == bytes.count
  }
}

/// Libdebuginfod, as far as it is needed. (elfutils/debuginfod.h.) Loaded only here: it brings a dozen
/// libraries with it.
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

  /// Safe, each time that a symbol is taken for a function: the library's major version is asked for
  /// by name, and the types are those that its header declares.
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
      DebugFileFetcher.tell(.loaded(UInt64(max(done, 0)))) ? 0 : 1
    }
  }

  /// Whether the debug file is in the cache now. A length of 0 says that the build id is in
  /// hexadecimal.
  func has(_ id: String) -> Bool {
    let descriptor = find(client, id, 0, nil)
    if descriptor >= 0 { close(descriptor) }
    return descriptor >= 0
  }
}

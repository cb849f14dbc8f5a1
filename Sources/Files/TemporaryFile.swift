// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A new file that is to replace another one, or to appear, under a name in the same folder.
///
/// It has no name at first (O_TMPFILE): the kernel removes it if this process ends. On file systems
/// without O_TMPFILE it has a temporary name from the start. Temporary names are random, so that no
/// other user can take them beforehand.
final class TemporaryFile {
  /// Random names are tried until one is free: more than once only by chance, of 1 in 2^64.
  private static let attempts = 16

  private let file: FileDescriptor
  private let folder: CInt
  /// Nil while it has no name.
  private var name: String?

  /// Creates the file, which only its owner may read and write.
  ///
  /// - Parameter folder: An O_PATH descriptor, open longer than this object exists.
  /// - Throws: The error of openat(2).
  init(inFolder folder: CInt) throws(SystemError) {
    self.folder = folder
    var name: String?
    var raw = openAt(folder, ".", O_WRONLY | openWithoutName, mode: 0o600)
    if raw < 0 {
      name = try Self.named(in: folder, "open") { name in
        raw = openAt(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        return raw >= 0
      }
    }
    self.name = name
    file = FileDescriptor(adopting: raw)
  }

  deinit {
    guard let name else { return }
    unlinkat(folder, name, 0)
    TemporaryFiles.forget(.init(folder: folder, name: name))
  }

  /// The descriptor to write to.
  var descriptor: CInt { file.rawValue }

  /// Makes the bytes last, and gives the file its name. What had that name is replaced: never
  /// followed, opened or written to.
  ///
  /// - Parameter owner: The file's new owner; nil leaves it to the user of this process.
  /// - Throws: `saved` if it could not get the name because of what is there, or `system`.
  func appear(as final: String, owner: Invoker.Owner?) throws(OutputPathError) {
    do throws(SystemError) { try finish(owner) } catch { throw .system(error) }
    guard let temporary = name else { return }
    if renameat(folder, temporary, folder, final) == 0 { return forget(temporary) }
    // Another user may have made a folder there meanwhile. That must not cost the bytes.
    let error = SystemError.last("rename", final)
    let substitute = "flameback-\(Self.random())-\(final)"
    guard renameat(folder, temporary, folder, substitute) == 0 else { throw .system(error) }
    forget(temporary)
    throw .saved(as: substitute, error)
  }

  private func finish(_ owner: Invoker.Owner?) throws(SystemError) {
    if let owner, fchown(file.rawValue, owner.user, owner.group) != 0 { throw .last("chown") }
    guard fsync(file.rawValue) == 0 else { throw .last("fsync") }
    guard name == nil else { return }
    let own = "/proc/self/fd/\(file.rawValue)"
    name = try Self.named(in: folder, "link") {
      linkat(AT_FDCWD, own, folder, $0, AT_SYMLINK_FOLLOW) == 0
    }
  }

  private func forget(_ temporary: String) {
    name = nil
    TemporaryFiles.forget(.init(folder: folder, name: temporary))
  }

  /// Finds a free name for `make`, which makes the file and returns whether it could.
  private static func named(
    in folder: CInt, _ operation: StaticString, _ make: (String) -> Bool
  ) throws(SystemError) -> String {
    var error = SystemError(operation: "\(operation)", code: EEXIST)
    for _ in 0..<attempts where error.code == EEXIST {
      let name = ".flameback-\(random()).tmp"
      // Before the file exists, so that a run that is abandoned now leaves nothing.
      TemporaryFiles.add(.init(folder: folder, name: name))
      if make(name) { return name }
      error = .last(operation)
      TemporaryFiles.forget(.init(folder: folder, name: name))
    }
    throw error
  }

  /// 64 random bits of the kernel's, as 16 digits.
  private static func random() -> String {
    let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

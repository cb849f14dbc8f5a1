// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A name in an open folder. All calls for it start from the folder's descriptor, so that links and
/// folders that are exchanged afterwards have no effect.
package final class FolderEntry: Sendable {
  /// The folder, opened with O_PATH.
  package let folder: FileDescriptor
  /// The last component of the path, which may not exist.
  package let name: String

  /// Resolves a path up to its last component, which may not exist.
  ///
  /// A symbolic link on the way is followed only if `Invoker.trusts` its owner: the owner of any
  /// other link could choose whose files are replaced.
  ///
  /// - Throws: `linkOfAnotherUser`, or the system call that failed: EISDIR if the path ends with a
  ///   slash.
  package init(_ path: String) throws(OutputPathError) {
    let slash = path.lastIndex(of: "/")
    name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    var walk = try FolderWalk(isAbsolute: path.hasPrefix("/"), path)
    try walk.enter(slash.map { String(path[...$0]) } ?? "")
    folder = walk.folder()
    if name.isEmpty {
      throw .system(
        SystemError(operation: "open", thing: path, code: slash == nil ? ENOENT : EISDIR))
    }
  }

  /// Opens what is at the name, without an effect on it (O_PATH); a symbolic link itself, not its
  /// target.
  ///
  /// - Returns: A descriptor that the caller must close; -1 with the reason in `errno`.
  package func openLocation() -> CInt { openAt(folder.rawValue, name, openPathOnly | O_NOFOLLOW) }
}

/// Why the path of an output cannot be used.
package enum OutputPathError: Error, Hashable, Sendable {
  /// A system call failed.
  case system(SystemError)
  /// One of the folders is a symbolic link of a user who is not trusted.
  case linkOfAnotherUser(path: String)
  /// The file is complete, but could not get its name: it has another one, in the same folder.
  case saved(as: String, SystemError)

  /// The system call that failed.
  package var systemError: SystemError {
    switch self {
    case .system(let error), .saved(_, let error): error
    case .linkOfAnotherUser(let path): SystemError(operation: "open", thing: path, code: EACCES)
    }
  }
}

/// O_PATH and O_TMPFILE, which <fcntl.h> shows only under _GNU_SOURCE.
let openPathOnly: CInt = 0o10000000
let openWithoutName: CInt = 0o20000000 | O_DIRECTORY

/// openat(2), close-on-exec, repeated when a signal interrupts it.
func openAt(_ folder: CInt, _ name: String, _ flags: CInt, mode: mode_t = 0) -> CInt {
  retryingWhenInterrupted { openat(folder, name, flags | O_CLOEXEC, mode) }
}

/// The walk along a path, from folder to folder, each by its descriptor.
private struct FolderWalk: ~Copyable {
  /// Links in a path, as the kernel limits them.
  private static let mostLinks = 40

  private var current: FileDescriptor
  /// The whole path, for errors.
  private let path: String

  init(isAbsolute: Bool, _ path: String) throws(OutputPathError) {
    self.path = path
    current = try Self.open(AT_FDCWD, isAbsolute ? [0x2f, 0] : [0x2e, 0], for: path)
  }

  consuming func folder() -> FileDescriptor { current }

  mutating func enter(_ folders: String) throws(OutputPathError) {
    var rest = Self.components(Array(folders.utf8CString.dropLast()))
    var links = 0
    while let name = rest.popLast() {
      let raw = Self.openRaw(current.rawValue, name, O_DIRECTORY | O_NOFOLLOW)
      if raw >= 0 {
        current = FileDescriptor(adopting: raw)
        continue
      }
      // ENOTDIR is also the answer for a link.
      guard errno == ENOTDIR || errno == ELOOP else { throw failure() }
      links += 1
      guard links <= Self.mostLinks else { throw failure(ELOOP) }
      rest += try follow(name)
    }
  }

  /// Follows a symbolic link. Returns the components of its target that are left to enter, the
  /// first one last.
  private mutating func follow(_ name: [CChar]) throws(OutputPathError) -> [[CChar]] {
    let raw = Self.openRaw(current.rawValue, name, O_NOFOLLOW)
    guard raw >= 0 else { throw failure() }
    let link = FileDescriptor(adopting: raw)
    var status = stat()
    guard fstat(link.rawValue, &status) == 0 else { throw failure() }
    guard status.st_mode & S_IFMT == S_IFLNK else { throw failure(ENOTDIR) }
    guard Invoker.trusts(status.st_uid) else { throw .linkOfAnotherUser(path: path) }
    var processes = stat()
    if stat("/proc", &processes) == 0, processes.st_dev == status.st_dev {
      // Text in a link of /proc is not where it leads, and no user can exchange such a link.
      current = try Self.open(current.rawValue, name, for: path)
      return []
    }
    let target = try text(of: link)
    if target.first == 0x2f { current = try Self.open(AT_FDCWD, [0x2f, 0], for: path) }
    return Self.components(target)
  }

  private func text(of link: borrowing FileDescriptor) throws(OutputPathError) -> [CChar] {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlinkat(link.rawValue, "", &buffer, buffer.count)
    guard count > 0, count < buffer.count else { throw failure(count < 0 ? errno : ENAMETOOLONG) }
    return Array(buffer.prefix(count))
  }

  /// The components, NUL-terminated, the first one last.
  private static func components(_ path: [CChar]) -> [[CChar]] {
    path.split(separator: 0x2f).filter { $0 != [0x2e] }.map { $0 + [0] }.reversed()
  }

  private static func openRaw(_ folder: CInt, _ name: [CChar], _ flags: CInt) -> CInt {
    retryingWhenInterrupted { openat(folder, name, openPathOnly | O_CLOEXEC | flags) }
  }

  private static func open(
    _ folder: CInt, _ name: [CChar], for path: String
  ) throws(OutputPathError) -> FileDescriptor {
    let raw = openRaw(folder, name, O_DIRECTORY)
    guard raw >= 0 else { throw .system(.last("open", path)) }
    return FileDescriptor(adopting: raw)
  }

  private func failure(_ code: CInt = errno) -> OutputPathError {
    .system(SystemError(operation: "open", thing: path, code: code))
  }
}

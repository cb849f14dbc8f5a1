// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel
import System

/// An empty folder into which a fetcher with a user of its own receives debug files. It is removed with
/// this object.
///
/// Its user is not trusted: nothing in it is found by a path, and no link is followed.
final class FetchFolder {
  /// Below TMPDIR, or /var/tmp: debug files can be too large for a file system in memory.
  let path: String
  private let folder: FileDescriptor

  /// - Throws: The error of mkdtemp(3) or open(2).
  init() throws(SystemError) {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
    var template = Array("\(parent)/flameback-fetch-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw .last("mkdtemp", parent) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    folder = try FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  deinit {
    for name in Self.names(in: folder.rawValue) where unlinkat(folder.rawValue, name, 0) != 0 {
      if let inner = Self.open(name, in: folder.rawValue, O_RDONLY | O_DIRECTORY) {
        for name in Self.names(in: inner.rawValue) { unlinkat(inner.rawValue, name, 0) }
      }
      unlinkat(folder.rawValue, name, AT_REMOVEDIR)
    }
    rmdir(path)
  }

  /// The debug file of a build id that libdebuginfod has left here; nil unless it is an ELF file with this
  /// id that the fetcher has made.
  func file(of id: BuildID) -> OpenFile? {
    guard let status = try? folder.status(),
      let inner = Self.open(id.description, in: folder.rawValue, O_RDONLY | O_DIRECTORY),
      let raw = Self.open("debuginfo", in: inner.rawValue, O_RDONLY | O_NONBLOCK),
      let file = try? OpenFile(raw), file.owner == status.st_uid,
      ElfImage(file)?.buildID == id
    else { return nil }
    return file
  }

  private static func open(_ name: String, in folder: CInt, _ flags: CInt) -> FileDescriptor? {
    let raw = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC)
    return raw < 0 ? nil : FileDescriptor(adopting: raw)
  }

  /// The names of all entries of an open folder.
  private static func names(in folder: CInt) -> [String] {
    entries(ofFolder: "/proc/self/fd/\(folder)").map(\.name)
  }
}

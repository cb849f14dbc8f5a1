// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// A FIFO or a character device as an output, which is written directly.
///
/// It is judged without being opened, and then the very file that was judged is opened, never
/// waiting: what is at the path meanwhile does not count.
final class SpecialFile {
  /// The longest time between two attempts to open a FIFO without a reader, in microseconds.
  private static let pause: UInt32 = 50_000

  private let location: FileDescriptor
  private let path: String
  /// Open for writing; -1 for a FIFO that has no reader yet.
  private var file: CInt = -1

  /// Returns the FIFO or device at a name, if it may be written; nil if a file is there, a symbolic
  /// link, or nothing, so that a new file can take the name.
  static func at(_ entry: FolderEntry, path: String) throws(Failure) -> SpecialFile? {
    let raw = entry.openLocation()
    if raw < 0, errno == ENOENT { return nil }
    guard raw >= 0 else { throw Words.outputFailure(.last("open", path)) }
    let location = FileDescriptor(adopting: raw)
    var status = stat()
    guard fstat(raw, &status) == 0 else { throw Words.outputFailure(.last("fstat", path)) }
    switch status.st_mode & S_IFMT {
    case S_IFIFO, S_IFCHR: break
    case S_IFBLK: throw Words.refused(path, .blockDevice)
    case S_IFSOCK: throw Words.refused(path, .socket)
    case S_IFDIR:
      throw Words.outputFailure(SystemError(operation: "open", thing: path, code: EISDIR))
    default: return nil
    }
    guard Invoker.trusts(status.st_uid) || isOwnTerminal(status) else {
      throw Words.refused(path, .ofAnotherUser)
    }
    // Another name for what belongs to root, made by another user, may lead to a service of root's.
    guard status.st_nlink == 1 else { throw Words.refused(path, .severalNames) }
    let special = SpecialFile(location, path: path)
    guard special.open() || errno == ENXIO && status.st_mode & S_IFMT == S_IFIFO else {
      throw Words.outputFailure(.last("open", path))
    }
    return special
  }

  private init(_ location: consuming FileDescriptor, path: String) {
    self.location = location
    self.path = path
  }

  deinit { if file >= 0 { close(file) } }

  /// Whether it is a terminal.
  var isTerminal: Bool { file >= 0 && isatty(file) == 1 }

  /// The descriptor to write to, which does not block. Waits until a FIFO has a reader.
  ///
  /// - Throws: A failure if a stop signal comes first.
  func descriptor() throws(Failure) -> CInt {
    if file >= 0 || open() { return file }
    let wait = StopSignals.Wait()
    StandardStreams.say(Words.waitsForReader(path))
    while !open() {
      guard errno == ENXIO else { throw Words.outputFailure(.last("open", path)) }
      guard wait.goesOn else { throw Words.refused(path, .noReader) }
      usleep(Self.pause)
    }
    return file
  }

  /// Opens what was judged. False, with the reason in `errno`, if it cannot be opened now.
  private func open() -> Bool {
    file = retryingWhenInterrupted {
      Glibc.open(
        "/proc/self/fd/\(location.rawValue)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    }
    return file >= 0
  }

  /// Whether the device is the terminal of a standard stream, which the caller has opened.
  private static func isOwnTerminal(_ device: stat) -> Bool {
    (CInt(0)...2).contains { stream in
      var status = stat()
      return isatty(stream) == 1 && fstat(stream, &status) == 0
        && status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == device.st_rdev
    }
  }
}

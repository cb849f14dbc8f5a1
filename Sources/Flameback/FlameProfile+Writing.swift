// SPDX-License-Identifier: Apache-2.0

internal import Formats
internal import Glibc
internal import ProfileModel
internal import Files

extension FlameProfile {
  /// Encodes the profile in a file format. The bytes are those that the command `flameback` writes
  /// with default options. Formats that have only one metric get ``shownMetric``. Equal profiles
  /// give equal bytes.
  ///
  /// - Parameter format: The format, such as ``ProfileFormat/pprof``.
  /// - Returns: The content of the whole file.
  /// - Throws: ``ProfileWritingError`` where zlib has no memory to compress.
  public func encoded(as format: ProfileFormat) throws(ProfileWritingError) -> [UInt8] {
    do throws(WritingError) {
      // Pictures have the title and subtitle that `FlameGraph` makes.
      switch format {
      case .svg: return try FlameGraph(self).draw(isPage: false)
      case .html: return try FlameGraph(self).draw(isPage: true)
      default: return try format.writer?.bytes(of: model) ?? []
      }
    } catch {
      throw ProfileWritingError(error)
    }
  }

  /// Writes the profile to a file. The file appears whole or not at all: an existing one is
  /// replaced once all bytes are on the disk.
  ///
  /// - Parameters:
  ///   - path: The name of the file, in a folder that exists.
  ///   - format: The format; nil for the one that the suffix of the path stands for.
  /// - Throws: ``ProfileWritingError`` for a failed write, a failed compression, or a path whose
  ///   suffix stands for no format.
  public func write(
    to path: String, as format: ProfileFormat? = nil
  ) throws(ProfileWritingError) {
    guard let format = format ?? ProfileFormat(ofPath: path) else {
      let suffixes = ProfileFormat.all.flatMap(\.suffixes).joined(separator: " ")
      throw ProfileWritingError(
        "the end of its name means no format: name one, or end it in \(suffixes)", path: path)
    }
    let bytes = try encoded(as: format)
    do throws(OutputPathError) { try replaceFile(at: path, with: bytes) } catch {
      throw ProfileWritingError(Self.reason(error), path: path)
    }
  }

  private static func reason(_ error: OutputPathError) -> String {
    let cause = error.systemError
    let call = "\(cause.operation): \(String(cString: strerror(cause.code)))"
    switch error {
    case .system: return call
    case .linkOfAnotherUser: return "a folder of its path is a symbolic link of another user"
    case .saved(let path, _): return "\(call); the file is \(VisibleText.of(path))"
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import ProfileModel
internal import Files

extension FlameProfile {
  /// Reads a profile from the content of a file. It recognizes the format by the first bytes:
  /// pprof, folded stacks, perf script, speedscope or bpftrace, or flameback's own JSON, SVG or
  /// HTML. The content can be gzipped. Lines of a text that cannot be understood are skipped and
  /// counted in ``unreadableLines``.
  ///
  /// - Parameters:
  ///   - bytes: The content of the whole file.
  ///   - limits: The largest input, in bytes and layers of gzip, that is read.
  /// - Throws: ``ProfileReadingError`` for bytes that are no profile, are broken, or exceed a
  ///   limit.
  public init(
    reading bytes: [UInt8], limits: ReadingLimits = ReadingLimits()
  ) throws(ProfileReadingError) {
    guard bytes.count <= limits.bytes else { throw .beyond(limits) }
    var reading = ProfileReading(limits: limits)
    var input = reading.begin(size: bytes.count)
    var collector = ProfileCollector(Session())
    do throws(ReadingError) {
      try input.read(bytes, into: &collector)
      try reading.end(input, into: &collector)
    } catch {
      if error == .tooLarge { throw .beyond(limits) }
      throw ProfileReadingError(error)
    }
    guard reading.account.good > 0, let facts = reading.facts.first else {
      throw ProfileReadingError(.empty, "none of its \(reading.account.bad) lines is a stack")
    }
    var model = collector.finish()
    let metrics = (model.session.metrics, model.session.shown)
    model.session = facts.session
    (model.session.metrics, model.session.shown) = metrics
    model.account = facts.account ?? Account()
    self.init(model, unreadableLines: reading.account.bad)
  }

  /// Reads a profile from a file, in any format that ``init(reading:limits:)`` reads.
  ///
  /// - Parameters:
  ///   - path: The file's path, absolute or relative to the working directory.
  ///   - limits: The largest input, in bytes and layers of gzip, that is read.
  /// - Throws: ``ProfileReadingError`` for a file that cannot be read, is no profile, is broken, or
  ///   exceeds a limit.
  public init(
    contentsOf path: String, limits: ReadingLimits = ReadingLimits()
  ) throws(ProfileReadingError) {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try ProcFile.contents(of: path, limit: min(limits.bytes, .max - 1) + 1)
    } catch {
      throw ProfileReadingError(.file, String(cString: strerror(error.code)), path: path)
    }
    do throws(ProfileReadingError) {
      try self.init(reading: bytes, limits: limits)
    } catch {
      throw error.at(path)
    }
  }
}

extension ProfileReadingError {
  fileprivate static func beyond(_ limits: ReadingLimits) -> Self {
    Self(.tooLarge, "it has more than \(limits.bytes) bytes; ReadingLimits sets the limit")
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ProfileModel

/// The error of reading a profile. Its ``description`` says what is wrong with the input and, where
/// possible, what to do.
public struct ProfileReadingError: Error, Hashable, CustomStringConvertible {
  /// The kinds of failures, for programs that handle them differently.
  public enum Kind: Hashable, Sendable {
    /// The file with the profile could not be opened or read.
    case file
    /// The input has no bytes, or none of its lines could be understood.
    case empty
    /// The input has none of the formats that can be read.
    case unrecognized
    /// The input is broken, truncated, or of a version that cannot be read.
    case corrupt
    /// The input exceeds a limit of ``ReadingLimits``.
    case tooLarge
  }

  /// The kind of failure, for programs that handle kinds differently.
  public let kind: Kind
  /// The path of the file that was read; nil where bytes in memory were read. Untrusted text.
  public let path: String?
  /// A text that says what is wrong with the input, without its path. An example:
  /// `it is truncated or corrupt at byte 12`.
  public let reason: String

  /// The whole message in English: `cannot read PATH: REASON`, with `the profile` where there is no
  /// path.
  public var description: String {
    "cannot read \(path.map { VisibleText.of($0) } ?? "the profile"): \(reason)"
  }

  init(_ kind: Kind, _ reason: String, path: String? = nil) {
    (self.kind, self.reason, self.path) = (kind, reason, path)
  }

  func at(_ path: String) -> Self { Self(kind, reason, path: path) }

  init(_ error: ReadingError) {
    switch error {
    case .empty: self.init(.empty, "it is empty")
    case .unrecognized:
      self.init(
        .unrecognized,
        "it is none of the formats that can be read: " + FormatList.readableNames)
    case .perfData:
      self.init(
        .unrecognized,
        "perf's binary file is not read: run perf script first, and give its output")
    case .tooLarge: self.init(.tooLarge, "it inflates to more bytes than the limit allows")
    case .brokenCompression: self.init(.corrupt, "its compression is broken or cut")
    case .compressedTooOften: self.init(.tooLarge, "it is gzipped more often than the limit allows")
    case .excessive:
      self.init(.tooLarge, "its stacks or names are larger than those of a profile of its size")
    case .tooManyMetrics(let limit): self.init(.tooLarge, "it has more than \(limit) metrics")
    case .broken(let position):
      self.init(.corrupt, "it is truncated or corrupt at byte \(position)")
    case .danglingReference: self.init(.corrupt, "it is corrupt: an id in it refers to nothing")
    case .missingValues:
      self.init(.corrupt, "it is corrupt: a sample has fewer values than there are metrics")
    case .brokenPayload: self.init(.corrupt, "its data are truncated or corrupt")
    case .version(let version, let readable):
      self.init(
        .corrupt, "its format has version \(version); this library reads up to \(readable)")
    case .otherJSON: self.init(.unrecognized, "its JSON is neither speedscope's nor flameback's")
    case .otherMarkup:
      self.init(.unrecognized, "its markup is not flameback's: there is no data in it")
    }
  }
}

/// The error of encoding a profile or writing it to a file.
public struct ProfileWritingError: Error, Hashable, CustomStringConvertible {
  /// The path of the file that could not be written; nil where the profile was encoded in memory.
  /// Untrusted text.
  public let path: String?
  /// A text in English that says why the profile could not be written, without the path.
  public let reason: String

  /// The whole message in English: `cannot write PATH: REASON`, with `the profile` where there is
  /// no path.
  public var description: String {
    "cannot write \(path.map { VisibleText.of($0) } ?? "the profile"): \(reason)"
  }

  init(_ error: WritingError) {
    switch error {
    case .compression(let code): self.init("zlib cannot compress it: error \(code)")
    }
  }

  init(_ reason: String, path: String? = nil) {
    (self.reason, self.path) = (reason, path)
  }
}

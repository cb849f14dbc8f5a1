// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import System

/// The path and the format of an output.
struct Destination: Hashable {
  /// `-` is standard output.
  var path: String
  var format: OutputFormat

  /// The outputs of `-o` and `-f`.
  ///
  /// - Throws: A usage error for a path that is given twice, a format that cannot be recognized, or
  ///   a binary format on a terminal.
  static func list(paths: [String], format: OutputFormat?) throws(Failure) -> [Self] {
    if format != nil, paths.count > 1 {
      throw .usage("-f can be given with one -o only; with several, suffixes set the formats")
    }
    var list: [Self] = []
    for path in paths {
      let destination = Self(path: path, format: try self.format(of: path, requested: format))
      guard !list.contains(where: { $0.path == path }) else {
        throw .usage("-o \(VisibleText.of(path)) is given twice")
      }
      list.append(destination)
    }
    return list
  }

  private static func format(
    of path: String, requested: OutputFormat?
  ) throws(Failure) -> OutputFormat {
    let isStandardOutput = OutputFile.isStandardOutput(path)
    let usual = isStandardOutput ? OutputFormat.folded : OutputFormat.of(path: path)
    guard let format = requested ?? usual else {
      throw .usage(
        "\(VisibleText.of(path)) has no suffix of a format: use one of "
          + "\(OutputFormat.allSuffixes), or -f FORMAT")
    }
    if isStandardOutput, format.isBinary, StandardStreams.outputIsTerminal {
      throw .usage("\(format.name) is binary and standard output is a terminal: use -o FILE")
    }
    return format
  }

  /// Writes the output.
  ///
  /// - Parameter body: writes its bytes.
  /// - Returns: The number of bytes.
  @discardableResult
  func write(_ body: (inout OutputStream) throws(WritingError) -> Void) throws(Failure) -> Int {
    try OutputFile.write(to: path) { stream throws(Failure) in
      do throws(WritingError) {
        try body(&stream)
      } catch {
        throw Words.unwritable(path, error)
      }
    }
  }

  /// The output of a run without `-o`: `flameback-COMM-TIME.svg` in the current folder.
  static func unnamed(for profile: Profile, isOfAll: Bool, format: OutputFormat) -> Self {
    let time = UTCTime(nanosecondsSince1970: profile.session.startedAt)
    let parts = [time.year, time.month, time.day, time.hour, time.minute, time.second]
    let digits = parts.map { $0 < 10 ? "0\($0)" : "\($0)" }
    let stamp = "\(digits[0...2].joined())T\(digits[3...5].joined())Z"
    let name = isOfAll ? "all" : plainName(of: profile)
    return Self(path: "flameback-\(name)-\(stamp)\(format.suffixes[0])", format: format)
  }

  /// The name of the process with the most samples, with `_` for all but letters, digits and `.-`.
  private static func plainName(of profile: Profile) -> String {
    var counts: [Int: UInt64] = [:]
    for sample in profile.samples {
      counts[sample.process, default: 0] += profile.count(of: sample)
    }
    let busiest = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    let comm = busiest.map { profile.processes[$0].comm } ?? ""
    let plain = comm.unicodeScalars.map { isPlain($0) ? Character($0) : "_" }
    return plain.isEmpty ? "profile" : String(plain)
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
    default: false
    }
  }
}

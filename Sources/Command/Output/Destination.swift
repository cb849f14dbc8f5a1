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
  /// - Throws: A usage error for a path that is given twice, or a format that cannot be recognized.
  static func list(paths: [String], format: OutputFormat?) throws(Failure) -> [Self] {
    if format != nil, paths.count > 1 {
      throw .usage("-f can be given with one -o only; with several, suffixes set the formats")
    }
    var list: [Self] = []
    for path in paths {
      let destination = Self(path: path, format: try self.format(of: path, requested: format))
      let name = OutputName(path)
      guard !list.contains(where: { OutputName($0.path) == name }) else {
        throw .usage("-o \(VisibleText.of(path)) is given twice")
      }
      list.append(destination)
    }
    return list
  }

  private static func format(
    of path: String, requested: OutputFormat?
  ) throws(Failure) -> OutputFormat {
    let usual = OutputName(path).isDescriptor ? OutputFormat.folded : OutputFormat.of(path: path)
    guard let format = requested ?? usual else {
      throw .usage(
        "\(VisibleText.of(path)) has no suffix of a format: use one of "
          + "\(OutputFormat.allSuffixes), or -f FORMAT")
    }
    return format
  }

  /// Opens the output.
  ///
  /// - Throws: A failure if it cannot be written, or is binary and goes to a terminal.
  func open() throws(Failure) -> OpenDestination {
    let file = try OutputFile(path)
    if format.isBinary, file.isTerminal {
      let thing = path == "-" ? "standard output" : VisibleText.of(path)
      throw .usage("\(format.name) is binary and \(thing) is a terminal: use -o FILE")
    }
    return OpenDestination(format: format, file: file)
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

/// An output that is open, with its format.
struct OpenDestination {
  var format: OutputFormat
  var file: OutputFile

  /// Writes the output.
  ///
  /// - Parameter body: writes its bytes.
  /// - Returns: The number of bytes.
  @discardableResult
  func write(_ body: (inout OutputStream) throws(WritingError) -> Void) throws(Failure) -> Int {
    try file.write { stream throws(Failure) in
      do throws(WritingError) {
        try body(&stream)
      } catch {
        throw Words.unwritable(file.path, error)
      }
    }
  }
}

extension [Destination] {
  /// Opens all outputs.
  func open() throws(Failure) -> [OpenDestination] {
    try map { destination throws(Failure) in try destination.open() }
  }
}

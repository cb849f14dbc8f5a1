// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import System

/// A path with the format that goes there.
struct Destination: Hashable {
  var path: String
  var format: OutputFormat

  /// Sorts out `-o` and `-f`, and refuses what cannot be meant.
  static func list(paths: [String], format: OutputFormat?) throws(Failure) -> [Self] {
    if format != nil, paths.count > 1 {
      throw .usage("-f goes with one -o only; with several the suffixes decide")
    }
    var list: [Self] = []
    for path in paths {
      let destination = Self(path: path, format: try self.format(of: path, asked: format))
      guard !list.contains(where: { $0.path == path }) else {
        throw .usage("-o \(VisibleText.of(path)) is given twice")
      }
      list.append(destination)
    }
    return list
  }

  private static func format(
    of path: String, asked: OutputFormat?
  ) throws(Failure) -> OutputFormat {
    let isStandardOutput = OutputFile.isStandardOutput(path)
    guard let format = asked ?? (isStandardOutput ? .folded : OutputFormat.of(path: path)) else {
      throw .usage(
        "unknown format of \(VisibleText.of(path)): the name must end in one of "
          + "\(OutputFormat.allSuffixes), or -f must name the format")
    }
    if isStandardOutput, format.isBinary, StandardStreams.outputIsTerminal {
      throw .usage("\(format.rawValue) is binary and standard output is a terminal: use -o FILE")
    }
    return format
  }

  /// Writes there what is encoded now.
  ///
  /// - Returns: Its size.
  @discardableResult
  func write(_ encode: () throws(WritingError) -> [UInt8]) throws(Failure) -> Int {
    let bytes: [UInt8]
    do throws(WritingError) {
      bytes = try encode()
    } catch {
      switch error {
      case .compression(let code):
        throw .output("cannot compress \(VisibleText.of(path)): zlib error \(code)")
      }
    }
    try Self.write(bytes, to: path)
    return bytes.count
  }

  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    try OutputFile.write(to: path) { stream throws(Failure) in stream.write(bytes) }
  }

  /// `flameback-COMM-TIME.svg` in the current folder, for those who name no file.
  static func usual(for profile: Profile, isOfAll: Bool, format: OutputFormat) -> Self {
    let time = UTCTime(nanosecondsSince1970: profile.session.startedAt)
    let parts = [time.year, time.month, time.day, time.hour, time.minute, time.second]
    let digits = parts.map { $0 < 10 ? "0\($0)" : "\($0)" }
    let stamp = "\(digits[0...2].joined())T\(digits[3...5].joined())Z"
    let name = isOfAll ? "all" : plainName(of: profile)
    return Self(path: "flameback-\(name)-\(stamp)\(format.suffixes[0])", format: format)
  }

  /// The process with the most samples, in letters that every shell and file system takes.
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

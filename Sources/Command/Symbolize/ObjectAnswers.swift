// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles
import ProfileModel
import Symbolization
import System

/// The frames at addresses of an object file, as it was linked.
struct ObjectAnswers: AddressAnswers {
  private let path: String
  private let symbolizer: ObjectSymbolizer
  private let differences: ReaderDifferences?
  /// The names of `symbolizer.functions` and `symbolizer.files`, escaped for a terminal.
  private var functions: [[UInt8]] = []
  private var files: [[UInt8]] = []
  private var chains: [[ObjectSymbolizer.Frame]] = []

  /// Opens the object file and reads its tables.
  ///
  /// - Parameter usesServers: whether a missing debug file is fetched from debuginfod servers.
  init(path: String, options: Symbolizer.Options, usesServers: Bool) throws(Failure) {
    self.path = absolutePath(path)
    differences = options.differences
    let file: OpenFile
    do throws(AbsenceReason) {
      file = try OpenFile(opening: self.path)
    } catch {
      throw Words.objectFailure(error, path: path)
    }
    if usesServers {
      let outcome = Symbolizer(options: options).fetchDebugFile(of: file, path: self.path)
      if let sentence = Words.fetching(outcome) { StandardStreams.say("flameback: \(sentence)") }
    }
    try Self.keepOnlyReading()
    do throws(AbsenceReason) {
      symbolizer = try .open(file, path: self.path, options: options)
    } catch {
      throw Words.objectFailure(error, path: path)
    }
  }

  /// Gives up all rights but that of reading any file: from here on untrusted bytes are parsed.
  private static func keepOnlyReading() throws(Failure) {
    guard fb_keep_only_reading() == 0 else { throw Words.rightsKept(.last("capset")) }
  }

  mutating func find(_ addresses: [UInt64]) {
    chains = symbolizer.frames(at: addresses)
    functions += symbolizer.functions[functions.count...].map { Self.text($0.name) }
    files += symbolizer.files[files.count...].map(Self.text)
  }

  func write(_ index: Int, to writer: inout ByteWriter) {
    for frame in chains[index] {
      writer.append(bytes: frame.function.map { functions[$0] } ?? Self.unknown)
      writer.append("\n")
      writer.append(bytes: files[frame.file])
      writer.append(":")
      writer.append(decimal: UInt64(frame.line))
      writer.append(":")
      writer.append(decimal: UInt64(frame.column))
      writer.append("\n")
    }
  }

  var notes: [String] {
    symbolizer.limits.map { "\(VisibleText.of(path)): \(Words.limit($0)) (\($0.rawValue))" }
      + (differences?.all.map(Words.difference) ?? [])
  }
}

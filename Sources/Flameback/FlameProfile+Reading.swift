// SPDX-License-Identifier: Apache-2.0

internal import Compression
internal import FlameGraphs
internal import Formats
internal import Glibc
package import ProfileModel
internal import System

extension FlameProfile {
  /// Reads a profile. The format is recognized by the bytes: folded stacks, perf script, pprof,
  /// speedscope, flameback's JSON, and its pictures and pages, which hold their profile. All of them may
  /// be gzipped.
  ///
  /// - Throws: ``ProfileReadingError`` for bytes that are no profile, broken, or beyond a limit. Lines of
  ///   text formats that cannot be understood are counted in ``unreadableLines``.
  public init(
    reading bytes: [UInt8], limits: ReadingLimits = ReadingLimits()
  ) throws(ProfileReadingError) {
    guard bytes.count <= limits.bytes else { throw .beyond(limits) }
    var input = ProfileInput()
    var collector = ProfileCollector(Session())
    try input.read(bytes, limits, into: &collector)
    guard input.account.good > 0 else {
      throw ProfileReadingError(.empty, "none of its \(input.account.bad) lines is a stack")
    }
    var model = collector.finish()
    let metrics = (model.session.metrics, model.session.shown)
    model.session = input.facts.session
    (model.session.metrics, model.session.shown) = metrics
    model.account = input.facts.account ?? Account()
    self.init(model, unreadableLines: input.account.bad)
  }

  /// Reads the profile in a file: see ``init(reading:limits:)``.
  public init(
    contentsOf path: String, limits: ReadingLimits = ReadingLimits()
  ) throws(ProfileReadingError) {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try ProcFile.contents(of: path, limit: limits.bytes + 1)
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

/// Reads one input of any format into a sink.
package struct ProfileInput {
  /// The numbers of lines or records.
  package private(set) var account = ReadingAccount()
  /// What the input says besides samples; complete when it was read.
  package private(set) var facts = InputFacts()

  package init() {}

  fileprivate mutating func read(
    _ bytes: [UInt8], _ limits: ReadingLimits, layers: Int = 0, into sink: inout some SampleSink
  ) throws(ProfileReadingError) {
    switch InputFormat.of(bytes) {
    case .gzip:
      guard layers < limits.compressionLayers else {
        throw ProfileReadingError(ReadingError.compressedTooOften)
      }
      let inflated: [UInt8]
      do throws(CompressionError) {
        inflated = try Inflate.decompress(bytes, limit: limits.bytes)
      } catch {
        if error.code == -5 { throw .beyond(limits) }
        throw ProfileReadingError(ReadingError.brokenCompression)
      }
      try read(inflated, limits, layers: layers + 1, into: &sink)
    case .folded: read(bytes, by: FoldedReader(), into: &sink)
    case .perfScript: read(bytes, by: PerfScriptReader(), into: &sink)
    case .pprof: try take { () throws(ReadingError) in try PprofReader.read(bytes, into: &sink) }
    case .json: try take { () throws(ReadingError) in try JSONReader.read(bytes, into: &sink) }
    case .markup: try readPicture(bytes, into: &sink)
    case .perfData: throw ProfileReadingError(ReadingError.perfData)
    case nil: throw ProfileReadingError(bytes.isEmpty ? .empty : ReadingError.unrecognized)
    }
  }

  private mutating func read(
    _ bytes: [UInt8], by reader: some TextReader, into sink: inout some SampleSink
  ) {
    var reader = reader
    sink.expect(textOf: bytes.count)
    reader.read(bytes, into: &sink)
    reader.finish(into: &sink)
    (account, facts) = (reader.account, reader.facts)
  }

  private mutating func take(
    _ read: () throws(ReadingError) -> InputFacts
  ) throws(ProfileReadingError) {
    do throws(ReadingError) { facts = try read() } catch { throw ProfileReadingError(error) }
    account.good = 1
  }

  private mutating func readPicture(
    _ bytes: [UInt8], into sink: inout some SampleSink
  ) throws(ProfileReadingError) {
    let decoder: PayloadDecoder?
    do throws(PayloadError) { decoder = try FlamebackFile.read(bytes) } catch {
      throw ProfileReadingError(ReadingError.brokenPayload)
    }
    guard let decoder else { throw ProfileReadingError(ReadingError.otherMarkup) }
    let text = decoder.pictureText
    decoder.tree.send(text.metric, to: &sink)
    let prefix = PictureText.usualTitle
    let target =
      text.title.hasPrefix(prefix) ? String(text.title.dropFirst(prefix.count)) : text.title
    facts = InputFacts(session: Session(target: target, metrics: [text.metric]))
    account.good = 1
  }
}

extension ProfileReadingError {
  fileprivate static func beyond(_ limits: ReadingLimits) -> Self {
    Self(.tooLarge, "it has more than \(limits.bytes) bytes; ReadingLimits sets the limit")
  }
}

// SPDX-License-Identifier: Apache-2.0

import Compression
import FlameGraphs
import Formats
import ProfileModel

/// Reads inputs of any format into a sink.
struct InputReading {
  /// The numbers of lines or records of all inputs.
  private(set) var account = ReadingAccount()
  /// The facts of each input, in order.
  private(set) var facts: [InputFacts] = []

  /// The metric that is shown of all inputs together.
  ///
  /// - Parameter name: The value of `--metric`; nil for the default.
  func metric(named name: String?) throws(Failure) -> Metric {
    var shown = ShownMetric(named: name)
    for facts in facts { shown.begin(facts.session.metrics, usual: facts.session.shown) }
    if let problem = shown.problem { throw Words.unshowable(problem) }
    return shown.metric ?? .samples
  }

  /// Reads one input.
  ///
  /// - Parameter path: `-` is standard input.
  mutating func read(_ path: String, into sink: inout some SampleSink) throws(Failure) {
    var file = try InputFile(path)
    switch InputFormat.of(try file.beginning()) {
    case .folded: try read(FoldedReader(), &file, into: &sink)
    case .perfScript: try read(PerfScriptReader(), &file, into: &sink)
    // The rest, which may have no end, would not be read either.
    case let format where format == nil || format == .perfData:
      try readWhole(try file.beginning(), format, path, into: &sink)
    case let format: try readWhole(try file.all(), format, path, into: &sink)
    }
  }

  /// Reports lines that could not be read.
  ///
  /// - Throws: A failure if nothing else was read.
  func check(isQuiet: Bool) throws(Failure) {
    if account.bad > 0, !isQuiet || account.good == 0 {
      StandardStreams.say(
        "flameback: \(Words.grouped(account.bad)) of "
          + "\(Words.grouped(account.bad + account.good)) lines could not be read, the first is "
          + "line \(Words.grouped(account.firstBad))")
    }
    if account.good == 0 { throw .runtime("nothing could be read") }
  }

  private mutating func read(
    _ reader: consuming some TextReader, _ file: inout InputFile, into sink: inout some SampleSink
  ) throws(Failure) {
    sink.expect(textOf: file.size)
    while case let piece = try file.next(), !piece.isEmpty { reader.read(piece, into: &sink) }
    finish(reader, into: &sink)
  }

  private mutating func finish(
    _ reader: consuming some TextReader, into sink: inout some SampleSink
  ) {
    reader.finish(into: &sink)
    account.add(reader.account)
    facts.append(reader.facts)
  }

  /// What cannot be read a piece at a time.
  ///
  /// - Parameter layers: how often it was inflated so far. pprof's files are gzipped, and may be
  ///   once more; beyond that, a file can be made that inflates to itself.
  private mutating func readWhole(
    _ bytes: [UInt8], _ format: InputFormat?, _ path: String, unpacked layers: Int = 0,
    into sink: inout some SampleSink
  ) throws(Failure) {
    switch format {
    case .gzip where layers == 2: throw Words.unreadable(path, "it is gzipped more than twice")
    case .gzip:
      let inflated: [UInt8]
      do throws(CompressionError) {
        inflated = try Inflate.decompress(bytes)
      } catch {
        throw Words.unreadable(path, "its compression is broken or cut")
      }
      try readWhole(
        inflated, InputFormat.of(inflated), path, unpacked: layers + 1, into: &sink)
    case .folded:
      var reader = FoldedReader()
      reader.read(bytes, into: &sink)
      finish(reader, into: &sink)
    case .perfScript:
      var reader = PerfScriptReader()
      reader.read(bytes, into: &sink)
      finish(reader, into: &sink)
    case .pprof:
      do throws(ReadingError) {
        facts.append(try PprofReader.read(bytes, into: &sink))
      } catch {
        throw Words.unreadable(path, error)
      }
      account.good += 1
    case .json:
      do throws(ReadingError) {
        facts.append(try JSONReader.read(bytes, into: &sink))
      } catch {
        throw Words.unreadable(path, error)
      }
      account.good += 1
    case .markup: try readPicture(bytes, path, into: &sink)
    case .perfData:
      throw Words.unreadable(
        path, "perf's binary file is not read: run perf script first, and give its output")
    case nil:
      throw Words.unreadable(
        path,
        bytes.isEmpty ? "it is empty" : "it is none of the formats that flameback help report tells"
      )
    }
  }

  private mutating func readPicture(
    _ bytes: [UInt8], _ path: String, into sink: inout some SampleSink
  ) throws(Failure) {
    let decoder: PayloadDecoder?
    do throws(PayloadError) {
      decoder = try FlamebackFile.read(bytes)
    } catch {
      throw Words.unreadable(path, error)
    }
    guard let decoder else {
      throw Words.unreadable(path, "its markup is not flameback's: there is no data in it")
    }
    decoder.tree.send(decoder.metric, to: &sink)
    account.good += 1
    facts.append(decoder.inputFacts)
  }
}

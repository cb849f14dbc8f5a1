// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

@testable import FlameGraphs
@testable import Flameback
@testable import Formats

/// The readers of inputs. The fuzzer gives them arbitrary bytes, and `FuzzCorpusTests` the corpus.
/// A raw value is the name of the reader's folder in the corpus.
enum FuzzedReader: String, CaseIterable {
  /// An input of any format, recognized by its first bytes, in as many layers of gzip as it has; what is
  /// read of it is then written in all formats.
  case anyInput = "AnyInput"
  case folded = "Folded"
  case perfScript = "PerfScript"
  case bpftrace = "Bpftrace"
  case pprof = "Pprof"
  case json = "JSON"
  case speedscope = "Speedscope"
  /// A picture or a page.
  case markup = "Markup"
  /// The data of a picture, inflated.
  case payload = "Payload"
  case inflate = "Inflate"

  /// Whether what is read of these bytes violates what readers guarantee, such as valid indices.
  func isWrong(_ bytes: [UInt8]) -> Bool {
    switch self {
    case .anyInput: Self.isWrongInput(bytes)
    case .folded: Self.isWrong(FoldedReader.self, bytes)
    case .perfScript: Self.isWrong(PerfScriptReader.self, bytes)
    case .bpftrace: Self.isWrong(BpftraceReader.self, bytes)
    case .pprof: Self.isWrong(PprofReader.self, bytes)
    case .json: Self.isWrong(ProfileJSONReader.self, bytes)
    case .speedscope: Self.isWrong(SpeedscopeReader.self, bytes)
    case .markup: Self.isWrong(MarkupReader.self, bytes)
    case .payload:
      switch Result(catching: { () throws(PayloadError) in try PayloadDecoder(bytes) }) {
      case .failure: false
      case .success(let payload): Self.isWrong(payload)
      }
    case .inflate: Self.isWrongDeflation(bytes)
    }
  }

  /// Reads an input into a profile and into a call tree, in pieces of different sizes.
  private static func isWrong<Reader: ProfileReader>(_: Reader.Type, _ bytes: [UInt8]) -> Bool {
    _ = Reader.recognizes(bytes.isEmpty ? [0] : bytes)
    guard let profile = Reader.samples(of: bytes, ProfileCollector(Session()), pieces: .max),
      let tree = Reader.samples(of: bytes, allMetrics, pieces: 1000)
    else { return false }
    return isWrong(profile.finish()) || isWrong(tree.finish())
  }

  private static var allMetrics: CallTreeBuilder {
    CallTreeBuilder(.processesAndThreads, keepsTimes: true, metrics: .all)
  }

  private static func isWrongInput(_ bytes: [UInt8]) -> Bool {
    // Less than the usual limit: an inflated input takes as much of the time as one that is not.
    var input = ProfileInput(
      readers: FormatList.readers, size: bytes.count, limit: 1 << 20, layers: 2)
    var collector = ProfileCollector(Session())
    do throws(ReadingError) {
      for start in stride(from: 0, to: bytes.count, by: 3000) {
        try input.read(Array(bytes[start..<min(start + 3000, bytes.count)]), into: &collector)
      }
      try input.finish(into: &collector)
    } catch {
      return false
    }
    var profile = collector.finish()
    if isWrong(profile) { return true }
    profile.account = input.facts.account ?? profile.account
    return isWrongWhenWritten(profile)
  }

  /// Writes a profile in all formats. The ones that can be read must be readable.
  private static func isWrongWhenWritten(_ profile: Profile) -> Bool {
    let frames = profile.samples.reduce(0) { $0 + profile.stacks[$1.stack].frames.count }
    // Formats without tables repeat the names of a stack for each of its samples.
    guard frames < 100_000 else { return false }
    for writer in FormatList.writers() {
      // It has a stack for each count, up to 20 million.
      if writer.name == "perf-script", profile.totalCount > 1000 { continue }
      guard let output = try? writer.bytes(of: profile) else { return true }
      guard ["svg", "html", "pprof", "json", "speedscope"].contains(writer.name) else { continue }
      var input = ProfileInput(readers: FormatList.readers)
      var again = ProfileCollector(Session())
      do throws(ReadingError) {
        try input.read(output, into: &again)
        try input.finish(into: &again)
      } catch {
        return true
      }
    }
    return false
  }

  private static func isWrong(_ payload: PayloadDecoder) -> Bool {
    if isWrong(payload.tree) { return true }
    _ = payload.inputFacts
    _ = payload.pictureText
    var collector = ProfileCollector(Session())
    do throws(ReadingError) { try payload.checkReferences() } catch { return false }
    payload.tree.send(payload.metric, to: &collector)
    return isWrong(collector.finish())
  }

  private static func isWrongDeflation(_ bytes: [UInt8]) -> Bool {
    let limit = 1 << 20
    let whole = try? Inflate.decompress(bytes, limit: limit)
    guard let stream = try? InflateStream(limit: limit) else { return true }
    var pieces: [UInt8] = []
    do throws(CompressionError) {
      for byte in bytes {
        stream.feed([byte])
        while let piece = try stream.next() { pieces += piece }
      }
      try stream.checkEnd()
    } catch {
      return whole != nil
    }
    // Cut in any way, an input inflates to the same bytes.
    return pieces != whole
  }
}

extension FuzzedReader {
  private static func isWrong(_ profile: Profile) -> Bool {
    profile.stacks.contains { stack in
      stack.frames.contains { !profile.frames.indices.contains($0) }
    }
      || profile.frames.contains { frame in
        !profile.functions.indices.contains(frame.function)
          || !profile.modules.indices.contains(frame.module)
      }
      || profile.samples.contains { sample in
        !profile.stacks.indices.contains(sample.stack)
          || !profile.processes.indices.contains(sample.process)
      }
  }

  private static func isWrong(_ tree: CallTree) -> Bool {
    var deepest: Int32 = -1
    for (node, depth) in tree.depth.enumerated() {
      if depth > deepest + 1 || depth < (node == 0 ? 0 : 1) { return true }
      deepest = depth
    }
    return tree.own.count != tree.count
      || tree.label.contains { !tree.labels.indices.contains(Int($0)) }
      || tree.ticks.contains { !(0..<Int32(tree.count)).contains($0.node) }
      || tree.further.contains { $0.own.count != tree.count }
  }
}

extension ProfileReader {
  /// Reads an input in this format, whether it is recognized or not; nil where it is refused.
  fileprivate static func samples<Sink: SampleSink>(
    of bytes: [UInt8], _ sink: consuming Sink, pieces: Int
  ) -> Sink? {
    var reader = Self()
    var rest = bytes[...]
    do throws(ReadingError) {
      while !rest.isEmpty {
        try reader.read(Array(rest.prefix(pieces)), into: &sink)
        rest = rest.dropFirst(pieces)
      }
      try reader.finish(into: &sink)
    } catch {
      return nil
    }
    return sink
  }
}

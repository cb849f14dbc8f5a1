// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// A reader for inputs of any format. It takes the input in pieces, decompresses gzip, chooses the
/// format's reader by the first bytes, and sends the samples to a sink.
package struct ProfileInput {
  /// The number of bytes at the beginning of an input, after decompression, by which its format is
  /// recognized: 64 KiB. A smaller input is collected whole before a reader is chosen.
  package static let beginningSize = 1 << 16
  private let readers: [any ProfileReader.Type]
  private let size: Int
  private let limit: Int
  private let mostLayers: Int
  /// Decompression, the outermost first.
  private var layers: [InflateStream] = []
  /// The bytes before a reader is chosen.
  private var beginning: [UInt8] = []
  private var reader: (any ProfileReader)?

  /// Creates the state for reading one input, before its first byte.
  ///
  /// - Parameters:
  ///   - readers: The readers to choose from; the first one that recognizes the input reads it.
  ///   - size: The size of the input in bytes, as it is stored; 0 where not known. Sinks reserve
  ///     memory by it.
  ///   - limit: The largest number of bytes that each layer of gzip may inflate to.
  ///   - layers: The largest number of layers of gzip. pprof's files have one, and may be
  ///     compressed once more; without a bound, a file can be made that inflates to itself.
  package init(
    readers: [any ProfileReader.Type], size: Int = 0, limit: Int = Inflate.usualLimit,
    layers: Int = 2
  ) {
    self.readers = readers
    self.size = size
    self.limit = limit
    mostLayers = layers
  }

  /// The facts that the input states besides samples, such as the name of what was profiled. Empty
  /// until the format is recognized, and complete after `finish`.
  package var facts: InputFacts { reader?.facts ?? InputFacts() }
  /// The number of lines or records of the input that were understood so far, and the number of
  /// those that were not and are skipped.
  package var account: ReadingAccount { reader?.account ?? ReadingAccount() }

  /// Reads the next bytes of the input and sends the samples that are complete to a sink.
  ///
  /// - Parameters:
  ///   - piece: The bytes that follow those of the previous call, as they are stored: any number.
  ///   - sink: The receiver of samples, the same one in all calls.
  /// - Throws: `ReadingError` for an input that has no known format, is broken, or exceeds a limit.
  package mutating func read(
    _ piece: [UInt8], into sink: inout some SampleSink
  ) throws(ReadingError) {
    try take(piece, layer: 0, into: &sink)
  }

  /// Ends the input: reads the bytes that are still held and sends the last samples to a sink. Call
  /// it once, after `read` has got all bytes.
  ///
  /// - Parameter sink: The receiver of samples, the same one as in the calls of `read`.
  /// - Throws: `ReadingError` for an input that is empty, truncated or otherwise broken, or has no
  ///   known format.
  package mutating func finish(into sink: inout some SampleSink) throws(ReadingError) {
    while reader == nil { try choose(into: &sink, isWhole: true) }
    try checkEnds()
    try reader?.finish(into: &sink)
  }

  private func checkEnds() throws(ReadingError) {
    for layer in layers {
      do throws(CompressionError) { try layer.checkEnd() } catch { throw .brokenCompression }
    }
  }

  private mutating func take(
    _ bytes: [UInt8], layer: Int, into sink: inout some SampleSink
  ) throws(ReadingError) {
    if layer < layers.count {
      let stream = layers[layer]
      stream.feed(bytes)
      while let piece = try next(of: stream) { try take(piece, layer: layer + 1, into: &sink) }
    } else if reader != nil {
      try reader?.read(bytes, into: &sink)
    } else {
      if beginning.isEmpty { beginning = bytes } else { beginning += bytes }
      if beginning.count >= Self.beginningSize { try choose(into: &sink, isWhole: false) }
    }
  }

  private func next(of stream: InflateStream) throws(ReadingError) -> [UInt8]? {
    do throws(CompressionError) {
      return try stream.next()
    } catch {
      throw error.isOfLimit ? .tooLarge : .brokenCompression
    }
  }

  /// Chooses the reader by the beginning, or adds a layer of decompression.
  private mutating func choose(
    into sink: inout some SampleSink, isWhole: Bool
  ) throws(ReadingError) {
    let bytes = beginning
    beginning = []
    if bytes.isEmpty {
      try checkEnds()
      throw .empty
    }
    if bytes.starts(with: [0x1f, 0x8b]) {
      guard layers.count < mostLayers else { throw .compressedTooOften }
      do throws(CompressionError) {
        layers.append(try InflateStream(limit: limit))
      } catch {
        throw .brokenCompression
      }
      return try take(bytes, layer: layers.count - 1, into: &sink)
    }
    guard let found = readers.first(where: { $0.recognizes(bytes) }) else { throw .unrecognized }
    if found.isText, layers.isEmpty { sink.expect(textOf: size) }
    var chosen: any ProfileReader = found.init()
    try chosen.read(bytes, into: &sink)
    reader = chosen
  }
}

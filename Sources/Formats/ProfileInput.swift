// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// An input of any format, read a piece at a time: it is decompressed where it is gzipped, its first
/// bytes choose the reader, and all bytes go through that reader into a sink.
public struct ProfileInput {
  /// Bytes that readers see before one of them is chosen.
  public static let beginningSize = 1 << 16
  private let readers: [any ProfileReader.Type]
  private let size: Int
  private let limit: Int
  private let mostLayers: Int
  /// Decompression, the outermost first.
  private var layers: [InflateStream] = []
  /// The bytes before a reader is chosen.
  private var beginning: [UInt8] = []
  private var reader: (any ProfileReader)?

  /// - Parameters:
  ///   - readers: The first one that recognizes the input reads it.
  ///   - size: Bytes of the input; 0 where not known.
  ///   - limit: Bytes at most that it may inflate to.
  ///   - layers: How often it may be gzipped: pprof's files are, and may be once more; beyond that a
  ///     file can be made that inflates to itself.
  public init(
    readers: [any ProfileReader.Type], size: Int = 0, limit: Int = Inflate.usualLimit,
    layers: Int = 2
  ) {
    self.readers = readers
    self.size = size
    self.limit = limit
    mostLayers = layers
  }

  /// What the input says besides samples; complete after `finish`.
  public var facts: InputFacts { reader?.facts ?? InputFacts() }
  /// How many lines or records were understood.
  public var account: ReadingAccount { reader?.account ?? ReadingAccount() }

  /// Reads the next bytes.
  ///
  /// - Parameter sink: The same one for all pieces.
  public mutating func read(
    _ piece: [UInt8], into sink: inout some SampleSink
  ) throws(ReadingError) {
    try take(piece, layer: 0, into: &sink)
  }

  /// Reads what is left: there are no more pieces.
  public mutating func finish(into sink: inout some SampleSink) throws(ReadingError) {
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

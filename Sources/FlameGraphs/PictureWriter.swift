// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// A writer of flame graphs as pictures (SVG) or pages (HTML). It merges samples into a call tree
/// while they are read, or writes a call tree or difference that exists already.
package protocol PictureWriter: SampleWriter where Samples == PictureSamples {
  /// The options of the output: text, arrangement, colours and sizes.
  var options: PictureOptions { get }

  /// Writes the file for a call tree or the difference of two to a sink.
  ///
  /// - Throws: `WritingError` where zlib cannot compress the call tree, such as for lack of memory.
  func write(_ drawing: Drawing, to sink: inout some ByteSink) throws(WritingError)
}

extension PictureWriter {
  /// Whether the output is a picture, so that the options of drawing apply to it: true for all
  /// conforming types.
  package var isPicture: Bool { true }

  /// Writes the file for the samples that a sink has merged into a call tree.
  ///
  /// - Parameters:
  ///   - samples: The sink that `samples(metric:)` returned, after all samples were added. It
  ///     cannot be used afterwards.
  ///   - facts: What the inputs state besides samples, such as target and metrics.
  ///   - sink: The destination of the bytes.
  /// - Throws: `WritingError` where zlib cannot compress the call tree.
  package func write(
    _ samples: consuming PictureSamples, _ facts: InputFacts, to sink: inout some ByteSink
  ) throws(WritingError) {
    try write(Drawing(samples.finish(), facts, options), to: &sink)
  }

  /// Writes a drawing in memory and returns the bytes of the whole file.
  ///
  /// - Throws: `WritingError` where zlib cannot compress the call tree.
  package func bytes(of drawing: Drawing) throws(WritingError) -> [UInt8] {
    var sink = ByteCollector()
    try write(drawing, to: &sink)
    return sink.bytes
  }
}

/// The lists of the readers and writers of flame graphs as pictures (SVG) and pages (HTML).
package enum Pictures {
  /// Returns one writer for each format of pictures and pages, SVG and HTML, in the order in which
  /// help texts list the formats.
  ///
  /// - Parameter options: The options of drawing, the same for all writers.
  package static func writers(
    options: PictureOptions = PictureOptions()
  ) -> [any PictureWriter] {
    [SVGWriter(options: options), HTMLWriter(options: options)]
  }

  /// The readers of pictures and pages: a single one, for the SVG and HTML files that flameback
  /// wrote.
  package static let readers: [any ProfileReader.Type] = [MarkupReader.self]
}

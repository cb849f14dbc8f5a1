// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// A writer of pictures or pages. Samples are merged into a tree while they are read; a tree or a
/// difference that exists already can be written, too.
package protocol PictureWriter: SampleWriter where Samples == PictureSamples {
  /// The options of the output: text, arrangement, colours and sizes.
  var options: PictureOptions { get }

  /// Writes a tree or a difference.
  ///
  /// - Throws: `WritingError` where zlib cannot compress.
  func write(_ drawing: Drawing, to sink: inout some ByteSink) throws(WritingError)
}

extension PictureWriter {
  /// Whether the output is a picture, which options of drawing apply to: true for all of these
  /// writers.
  package var isPicture: Bool { true }

  /// Writes the tree of the samples that a sink has taken.
  ///
  /// - Parameters:
  ///   - samples: The sink that `samples(metric:)` returned. It is used up.
  ///   - facts: What the inputs give besides samples.
  package func write(
    _ samples: consuming PictureSamples, _ facts: InputFacts, to sink: inout some ByteSink
  ) throws(WritingError) {
    try write(Drawing(samples.finish(), facts, options), to: &sink)
  }

  /// Returns the whole file of a drawing.
  package func bytes(of drawing: Drawing) throws(WritingError) -> [UInt8] {
    var sink = ByteCollector()
    try write(drawing, to: &sink)
    return sink.bytes
  }
}

/// The lists of all readers and writers of this module. `Formats` has those of the other formats.
package enum Pictures {
  /// Returns the writers of all formats of pictures and pages, with the given options, in the order
  /// of help texts.
  package static func writers(
    options: PictureOptions = PictureOptions()
  ) -> [any PictureWriter] {
    [SVGWriter(options: options), HTMLWriter(options: options)]
  }

  /// The readers of all formats of pictures and pages.
  package static let readers: [any ProfileReader.Type] = [MarkupReader.self]
}

// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// A writer of pictures or pages. It merges samples into a tree while they are read, and can also write
/// a tree or a difference that exists already.
package protocol PictureWriter: SampleWriter where Samples == PictureSamples {
  /// Text, arrangement, colours and measures.
  var options: PictureOptions { get }

  /// Writes a tree or a difference.
  func write(_ drawing: Drawing, to sink: inout some ByteSink) throws(WritingError)
}

extension PictureWriter {
  /// Options of drawing apply to all of these writers.
  package var isPicture: Bool { true }

  /// Writes the tree of the samples that the sink took.
  package func write(
    _ samples: consuming PictureSamples, _ facts: InputFacts, to sink: inout some ByteSink
  ) throws(WritingError) {
    try write(Drawing(samples.finish(), facts, options), to: &sink)
  }

  /// The whole file.
  package func bytes(of drawing: Drawing) throws(WritingError) -> [UInt8] {
    var sink = ByteCollector()
    try write(drawing, to: &sink)
    return sink.bytes
  }
}

/// The formats of this module.
package enum Pictures {
  /// All writers, in the order of help texts.
  package static func writers(
    options: PictureOptions = PictureOptions()
  ) -> [any PictureWriter] {
    [SVGWriter(options: options), HTMLWriter(options: options)]
  }

  /// All readers.
  package static let readers: [any ProfileReader.Type] = [MarkupReader.self]
}

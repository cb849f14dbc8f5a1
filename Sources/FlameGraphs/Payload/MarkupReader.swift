// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of the SVG and HTML files that flameback has written. It reads the call tree that they
/// contain for the viewer. In an SVG of limited size, small subtrees were merged into their
/// parents; these are not restored.
package struct MarkupReader: WholeProfileReader {
  /// The format's name in help texts and messages.
  package static let name = "flameback's SVG and HTML"

  /// The bytes of the input so far. All of them are needed before anything can be read.
  package var held: [UInt8] = []
  /// The facts of the picture besides samples: its text, target and metrics; complete after
  /// `finish`.
  package private(set) var facts = InputFacts()
  /// The numbers of records that were understood and not: one good record once the payload has been
  /// read.
  package private(set) var account = ReadingAccount()

  /// A reader before the first byte of a file.
  package init() {}

  /// Returns whether an input begins like XML, SVG or HTML. A file without a payload is refused
  /// when all of it is read.
  package static func recognizes(_ beginning: [UInt8]) -> Bool {
    let text = beginning.drop { $0 <= 0x20 || $0 == 0xef || $0 == 0xbb || $0 == 0xbf }
    return ["<?xml", "<svg", "<!doctype", "<html"].contains { opening in
      text.prefix(opening.utf8.count).map { $0 | 0x20 }.elementsEqual(
        opening.utf8.map { $0 | 0x20 })
    }
  }

  /// Reads the payload of a whole file and sends its samples to `sink`.
  ///
  /// - Throws: `ReadingError` for a file without a payload, or with one that is broken or of
  ///   another version.
  package mutating func read(
    whole bytes: [UInt8], into sink: inout some SampleSink
  ) throws(ReadingError) {
    let decoder: PayloadDecoder?
    do throws(PayloadError) {
      decoder = try FlamebackFile.read(bytes)
    } catch {
      switch error {
      case .notCompressed, .broken: throw .brokenPayload
      case .version(let version):
        throw .version(Int(clamping: version), readable: Int(PayloadEncoder.version))
      }
    }
    guard let decoder else { throw .otherMarkup }
    decoder.tree.send(decoder.metric, to: &sink)
    account.good += 1
    facts = decoder.inputFacts
  }
}

extension PayloadDecoder {
  /// The facts that the payload gives besides samples. The target is the picture's title without
  /// the name of the metric in front.
  package var inputFacts: InputFacts {
    let text = pictureText
    // If the user named what is counted, the title may still be that of samples.
    let beginning = [text.metric.heading, Metric.samples.heading].first { text.title.hasPrefix($0) }
    let target = String(text.title.dropFirst(beginning?.count ?? 0))
    var facts = InputFacts(
      session: Session(target: target, metrics: [metric] + tree.further.map(\.metric)),
      heading: PictureHeading(
        title: text.title, subtitle: text.subtitle, warning: text.warning))
    if text.countName != text.metric.countName { facts.countName = text.countName }
    return facts
  }
}

// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The reader of flameback's own pictures and pages. It reads their payload; of a capped SVG that is
/// what pruning left.
package struct MarkupReader: WholeProfileReader {
  /// The name in help texts and messages.
  package static let name = "flameback's SVG and HTML"

  /// The bytes so far.
  package var held: [UInt8] = []
  /// The text, target and metrics of the picture.
  package private(set) var facts = InputFacts()
  /// One good record if the payload was read.
  package private(set) var account = ReadingAccount()

  /// A reader of one file.
  package init() {}

  /// Whether the bytes begin like XML or HTML, whatever is in it.
  package static func recognizes(_ beginning: [UInt8]) -> Bool {
    let text = beginning.drop { $0 <= 0x20 || $0 == 0xef || $0 == 0xbb || $0 == 0xbf }
    return ["<?xml", "<svg", "<!doctype", "<html"].contains { opening in
      text.prefix(opening.utf8.count).map { $0 | 0x20 }.elementsEqual(
        opening.utf8.map { $0 | 0x20 })
    }
  }

  /// Reads the payload of a whole file.
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
  /// What the file says besides samples. The target is the title without the name of the metric.
  package var inputFacts: InputFacts {
    let text = pictureText
    let beginning = text.metric.heading
    let target =
      text.title.hasPrefix(beginning) ? String(text.title.dropFirst(beginning.count)) : text.title
    return InputFacts(
      session: Session(target: target, metrics: [metric] + tree.further.map(\.metric)),
      heading: PictureHeading(
        title: text.title, subtitle: text.subtitle, warning: text.warning))
  }
}

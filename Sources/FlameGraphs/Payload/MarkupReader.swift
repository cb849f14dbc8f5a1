// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of the SVG and HTML files that flameback has written. It reads the call tree that they
/// contain for the viewer. In an SVG of limited size, small subtrees were merged into their
/// parents; these are not restored.
package struct MarkupReader: WholeProfileReader {
  /// The name of the format, as help texts and error messages show it.
  package static let name = "flameback's SVG and HTML"

  /// The bytes of the input that have arrived so far. The file is read when it is held whole.
  package var held: [UInt8] = []
  /// The facts that the picture states besides samples: its text, what was profiled, and metrics.
  /// Empty until `finish`.
  package private(set) var facts = InputFacts()
  /// The numbers of records that were understood and that were not. A file counts as one record,
  /// which is understood when its call tree has been read.
  package private(set) var account = ReadingAccount()

  /// Creates a reader that has got no byte of a file yet.
  package init() {}

  /// Returns whether an input begins like XML, SVG or HTML. It need not be a file of flameback:
  /// others are refused by an error when all of the file has been read.
  package static func recognizes(_ beginning: [UInt8]) -> Bool {
    let text = beginning.drop { $0 <= 0x20 || $0 == 0xef || $0 == 0xbb || $0 == 0xbf }
    return ["<?xml", "<svg", "<!doctype", "<html"].contains { opening in
      text.prefix(opening.utf8.count).map { $0 | 0x20 }.elementsEqual(
        opening.utf8.map { $0 | 0x20 })
    }
  }

  /// Reads the call tree that an SVG or HTML file contains, and sends its samples to `sink`.
  ///
  /// - Parameters:
  ///   - bytes: The content of the whole file.
  ///   - sink: The receiver of samples.
  /// - Throws: `ReadingError` for a file without a call tree, or with one that is broken or of
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
      case .tooLarge: throw .tooLarge
      case .version(let version):
        throw .version(Int(clamping: version), readable: Int(PayloadEncoder.version))
      }
    }
    guard let decoder else { throw .otherMarkup }
    try decoder.checkReferences()
    decoder.tree.send(decoder.metric, to: &sink)
    account.good += 1
    facts = decoder.inputFacts
  }
}

extension PayloadDecoder {
  /// Checks what nodes and labels refer to: each node with a value is sent with all frames above it,
  /// and each label with its texts.
  ///
  /// - Throws: `ReadingError.excessive` for a tree that no profile has.
  func checkReferences() throws(ReadingError) {
    var budget = ReferenceBudget(bytes: tree.count, factor: 256)
    for node in 0..<tree.count {
      if tree.own[node] > 0 || tree.further.contains(where: { $0.own[node] > 0 }) {
        try budget.take(Int(tree.depth[node]))
      }
    }
    for label in tree.labels {
      try budget.take(label.name.utf8.count + label.module.utf8.count + label.file.utf8.count)
    }
  }

  /// The facts that the payload states besides samples, as readers of profiles give them: metrics,
  /// text of the picture, and target. The target is the picture's title without the name of the
  /// metric in front.
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

// SPDX-License-Identifier: Apache-2.0

import Foundation
import FoundationXML
import Testing

/// A flame graph as its reader sees it: the tooltips, `name (module) 1,234 samples, 12.34 %`.
final class FlameGraphPicture: NSObject, SampledOutput, XMLParserDelegate {
  struct Box {
    var name: String
    var module: String?
    var count: Int
    // Where it is drawn, in pixels.
    var left = 0.0
    var right = 0.0
    var top = 0.0
  }

  private(set) var boxes: [Box] = []
  /// All text outside of tooltips.
  private(set) var text = ""
  private var path: [String] = []
  private var tooltip = ""
  /// Within a group that has had one.
  private var hasTooltip = false

  /// - Throws: If it is not well-formed XML.
  init(_ data: Data) throws {
    super.init()
    let parser = XMLParser(data: data)
    parser.delegate = self
    try #require(parser.parse(), "\(String(describing: parser.parserError))")
  }

  /// The root's count: it holds everything.
  var total: Int { boxes.map(\.count).max() ?? 0 }

  /// A box below which lies another one that is meant, nearer to the root, does not count again.
  func count(where isMeant: (String) -> Bool) -> Int {
    let meant = boxes.filter { isMeant($0.name) }
    let outermost = meant.filter { box in
      let middle = (box.left + box.right) / 2
      return !meant.contains { $0.top > box.top && $0.left <= middle && middle <= $0.right }
    }
    return outermost.reduce(0) { $0 + $1.count }
  }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    path.append(element)
    tooltip = ""
    // The rectangle follows its tooltip.
    if element == "rect" && path.dropLast().last == "g" && hasTooltip { place(attributes) }
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) {
    if path.last == "title" { tooltip += characters } else { text += characters }
  }

  func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    // A title right below the root is the picture's own.
    if element == "title" && path.count > 2 { add(tooltip: tooltip) }
    if element == "g" { hasTooltip = false }
    path.removeLast()
  }

  private func place(_ rectangle: [String: String]) {
    func number(_ key: String) -> Double { rectangle[key].flatMap(Double.init) ?? .nan }
    boxes[boxes.count - 1].left = number("x")
    boxes[boxes.count - 1].right = number("x") + number("width")
    boxes[boxes.count - 1].top = number("y")
  }

  private func add(tooltip: String) {
    let line = tooltip.prefix { $0 != "\n" }
    let pattern = /^(?<name>.*?)(?: \((?<module>[^()]*)\))? (?<count>[0-9,]+) samples?, [0-9.]+ %$/
    guard let match = line.wholeMatch(of: pattern),
      let count = Int(match.count.filter { $0 != "," })
    else {
      Issue.record("a tooltip of another form: \(tooltip)")
      return
    }
    hasTooltip = true
    boxes.append(Box(name: String(match.name), module: match.module.map(String.init), count: count))
  }
}

// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
import Foundation
import FoundationXML
import Testing

/// An SVG flame graph: the text in the picture, and the tree in its payload that a browser shows.
final class FlameGraphPicture: NSObject, SampledOutput, XMLParserDelegate {
  private(set) var tree: CallTree?
  /// All text in the picture.
  private(set) var text = ""
  private var payload = ""
  private var path: [String] = []
  private var isPayload = false

  /// - Throws: If it is not well-formed XML, or its payload cannot be read.
  init(_ data: Data) throws {
    super.init()
    let parser = XMLParser(data: data)
    parser.delegate = self
    try #require(parser.parse(), "\(String(describing: parser.parserError))")
    tree = try PayloadDecoder(base64: Array(payload.utf8)).tree
  }

  /// The root's count, which is that of all samples.
  var total: Int { Int(tree?.allSamples ?? 0) }

  /// Labels of functions, with module and source.
  var functions: [CallTree.Label] { tree?.labels.filter(\.kind.isFunction) ?? [] }

  /// A matching frame above another matching one does not count again.
  func count(where isMeant: (String) -> Bool) -> Int {
    guard let tree else { return 0 }
    var count = 0
    /// Nodes deeper than this are descendants of a matching node.
    var counted = Int32.max
    for node in 0..<tree.count {
      if tree.depth[node] > counted { continue }
      counted = .max
      if isMeant(tree.labels[Int(tree.label[node])].name) {
        count += Int(tree.total[node])
        counted = tree.depth[node]
      }
    }
    return count
  }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    path.append(element)
    isPayload = attributes["class"] == "flameback-payload"
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) {
    if isPayload {
      payload += characters
    } else if path.last == "text" || path.last == "tspan" {
      text += characters
    }
  }

  func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    isPayload = false
    path.removeLast()
  }
}

// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
import Foundation
import FoundationXML
import Testing

/// A flame graph as its reader sees it: the text in the picture, and the tree that a browser shows.
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
    tree = try PayloadDecoder(base64: payload.utf8).tree
  }

  /// The root's count: it holds everything.
  var total: Int { Int(tree?.allSamples ?? 0) }

  /// What occurs in it, with module and source.
  var functions: [CallTree.Label] { tree?.labels.filter(\.kind.isFunction) ?? [] }

  /// A frame on another one that is meant does not count again.
  func count(where isMeant: (String) -> Bool) -> Int {
    guard let tree else { return 0 }
    var count = 0
    /// Nodes deeper than this stand on one that is meant.
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

// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The content of a picture or a page: a call tree, or the difference of two, with the text around
/// the boxes.
package struct Drawing: Sendable {
  /// The tree whose values are the widths of boxes.
  let tree: CallTree
  /// The difference that the tree was made of; nil for a plain tree.
  let difference: CallTreeDifference?
  /// The text around the boxes.
  let text: PictureText

  /// Creates the drawing of one call tree.
  ///
  /// - Parameters:
  ///   - tree: The tree whose nodes are the boxes.
  ///   - text: The text around the boxes.
  package init(_ tree: CallTree, _ text: PictureText) {
    self.tree = tree
    difference = nil
    self.text = text
  }

  /// Creates the drawing of one call tree, and the text around its boxes.
  ///
  /// - Parameters:
  ///   - tree: The tree whose nodes are the boxes.
  ///   - facts: What the inputs of the tree state besides samples.
  ///   - options: The options of drawing, which override parts of the text.
  package init(_ tree: CallTree, _ facts: InputFacts, _ options: PictureOptions) {
    self.init(tree, PictureText(facts, total: tree.allSamples, options))
  }

  /// Creates the drawing of the difference of two call trees.
  ///
  /// - Parameters:
  ///   - difference: The trees, merged. The width of a box is the sum of its values in both.
  ///   - text: The text around the boxes.
  package init(_ difference: CallTreeDifference, _ text: PictureText) {
    tree = difference.widths()
    self.difference = difference
    self.text = text
  }

  /// The total below the boxes: `total 1,000 samples`; of a difference that of each side.
  var total: String {
    let text = text.fitted
    guard let difference else { return "total " + text.amount(tree.allSamples) }
    return "before \(text.amount(difference.before.allSamples)), after "
      + text.amount(difference.after.allSamples)
  }
}

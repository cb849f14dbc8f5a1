// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The footer: the total, and what picture and payload leave out of it.
struct SVGFooter {
  let tree: CallTree
  let layout: FlameGraphLayout
  /// The least width of a drawn box, in pixels.
  let narrowestBox: Double
  /// The pruned tree of the payload; nil if all frames are there.
  let merged: PrunedTree?
  /// The total in words: `total 1,000 samples`.
  let total: String
  let geometry: SVGGeometry

  /// The number of boxes that there are in the shown metric, the root included.
  private var frames: Int {
    tree.further.isEmpty ? tree.count : max(1, tree.total.count { $0 > 0 })
  }

  func write(to svg: inout ByteWriter) {
    svg.append("<text x=\"")
    svg.append(pixels: SVGGeometry.margin)
    svg.append("\" y=\"")
    svg.append(pixels: geometry.footerBaseline)
    svg.append("\">")
    svg.append(xml: total)
    svg.append(" · drawn ")
    svg.append(grouped: UInt64(layout.boxes.count - 1))
    svg.append(" of ")
    svg.append(grouped: UInt64(frames - 1))
    svg.append(" frames")
    if layout.boxes.count < frames {
      svg.append("; the others are narrower than ")
      svg.append(narrowestBox, places: 2, trimmed: true)
      svg.append(" px and hold ")
      svg.append(percentOf: layout.samplesNotDrawn, in: tree.allSamples)
    }
    if let merged {
      svg.append("; in the browser the smallest ")
      svg.append(grouped: UInt64(merged.mergedNodes))
      svg.append(", ")
      svg.append(percentOf: merged.mergedSamples, in: tree.allSamples)
      svg.append(" of all, are merged")
    }
    svg.append("</text>\n<text text-anchor=\"end\" x=\"")
    svg.append(pixels: geometry.right)
    svg.append("\" y=\"")
    svg.append(pixels: geometry.footerBaseline)
    svg.append("\">flameback</text>\n")
  }
}

// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The total, and what the picture leaves out of it.
struct SVGFooter {
  let tree: CallTree
  let layout: FlameGraphLayout
  let geometry: SVGGeometry

  func write(to svg: inout ByteWriter) {
    svg.append("<text id=\"total\" x=\"")
    svg.append(pixels: SVGGeometry.margin)
    svg.append("\" y=\"")
    svg.append(pixels: geometry.footerBaseline)
    svg.append("\">")
    svg.append("total ")
    svg.append(samplesIn: tree.total)
    svg.append(" · drawn ")
    svg.append(grouped: UInt64(layout.boxes.count))
    svg.append(" of ")
    svg.append(grouped: UInt64(tree.nodes.count))
    svg.append(" frames")
    if layout.boxes.count < tree.nodes.count {
      svg.append("; the others are narrower than ")
      svg.append(SVGGeometry.narrowestBox, places: 1)
      svg.append(" px and hold ")
      svg.append(percentOf: layout.samplesNotDrawn, in: tree.total)
      svg.append(" of the samples")
    }
    svg.append("</text>\n<g class=\"end\" transform=\"translate(")
    svg.append(pixels: geometry.right)
    svg.append(" ")
    svg.append(pixels: geometry.footerBaseline)
    svg.append(")\"><text text-anchor=\"end\">flameback</text></g>\n")
  }
}

extension ByteWriter {
  /// `12.34 %`
  mutating func append(percentOf part: UInt64, in whole: UInt64) {
    append(whole == 0 ? 0 : 100 * Double(part) / Double(whole), places: 2)
    append(" %")
  }
}

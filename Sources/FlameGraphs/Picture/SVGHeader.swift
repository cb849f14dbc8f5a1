// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The header: what was profiled, where, when and how, what was lost, and in the right corner a
/// hint for static readers.
struct SVGHeader {
  let text: PictureText
  let geometry: SVGGeometry

  func write(to svg: inout ByteWriter) {
    svg.append("<text class=\"title\" x=\"")
    svg.append(pixels: SVGGeometry.margin)
    svg.append("\" y=\"")
    svg.append(pixels: SVGGeometry.titleBaseline)
    svg.append("\">")
    let columns = Int((geometry.boxesWidth - 240) / 11.5)
    svg.append(xml: LabelCutting.cut(text.title, toColumns: columns) ?? text.title)
    svg.append("</text>\n<text x=\"")
    svg.append(pixels: SVGGeometry.margin)
    svg.append("\" y=\"")
    svg.append(pixels: SVGGeometry.subtitleBaseline)
    svg.append("\">")
    svg.append(xml: text.subtitle.joined(separator: " · "))
    if !text.warning.isEmpty {
      if !text.subtitle.isEmpty { svg.append(" · ") }
      svg.append("<tspan class=\"warning\">")
      svg.append(xml: text.warning)
      svg.append("</tspan>")
    }
    svg.append("</text>\n<text class=\"flameback-note\" text-anchor=\"end\" x=\"")
    svg.append(pixels: geometry.right)
    svg.append("\" y=\"")
    svg.append(pixels: SVGGeometry.titleBaseline)
    svg.append("\">Open this file in a browser to zoom and search</text>\n")
  }
}

// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The boxes of a picture: for each colour one path, in which a box is a thick line of a dozen
/// bytes, and labels in boxes that are wide enough.
struct SVGBoxes {
  let tree: CallTree
  let layout: FlameGraphLayout
  let painting: BoxPainting
  let geometry: SVGGeometry

  /// Writes paths and labels.
  func write(to svg: inout ByteWriter) {
    // Row by row, each from left to right: the steps between boxes are small numbers.
    let order = layout.boxes.indices.sorted {
      let (a, b) = (layout.boxes[$0], layout.boxes[$1])
      return a.row != b.row ? a.row > b.row : $0 < $1
    }
    var byPaint: [[Int]] = Array(repeating: [], count: painting.paints.count)
    var paintOf = [Int](repeating: 0, count: layout.boxes.count)
    for index in order {
      paintOf[index] = painting.number(layout.boxes[index].node)
      byPaint[paintOf[index]].append(index)
    }
    svg.append("<g fill=\"none\" stroke-width=\"")
    svg.append(pixels: geometry.boxHeight)
    svg.append("\">\n")
    for (paint, boxes) in zip(painting.paints, byPaint) where !boxes.isEmpty {
      svg.append("<path stroke=\"")
      svg.append(bytes: paint.fill.hexadecimal)
      svg.append("\" d=\"")
      writeLines(of: boxes, to: &svg)
      svg.append("\"/>\n")
    }
    svg.append("</g>\n<g class=\"labels\" font-size=\"")
    svg.append(pixels: geometry.options.fontSize)
    svg.append("\" font-family=\"")
    svg.append(xml: geometry.options.fontFamily)
    svg.append("\">\n")
    for index in order { writeLabel(of: index, paintOf[index], to: &svg) }
    svg.append("</g>\n")
  }

  /// Writes boxes as relative steps in tenths of a pixel. Whole tenths are summed, so that rounding
  /// errors do not add up.
  private func writeLines(of boxes: [Int], to svg: inout ByteWriter) {
    var last = (x: 0, y: 0)
    for (position, index) in boxes.enumerated() {
      let box = layout.boxes[index]
      let width = SVGGeometry.drawnWidth(self.width(of: box))
      let here = (
        x: tenths(left(of: box)),
        y: tenths(geometry.top(ofRow: box.row) + geometry.boxHeight / 2)
      )
      let length = max(1, tenths(width))
      svg.append(position == 0 ? "M" : "m")
      append(here.x - last.x, to: &svg)
      if here.y - last.y >= 0 { svg.append(" ") }
      append(here.y - last.y, to: &svg)
      svg.append("h")
      append(length, to: &svg)
      last = (here.x + length, here.y)
    }
  }

  private func writeLabel(of index: Int, _ number: Int, to svg: inout ByteWriter) {
    let box = layout.boxes[index]
    let columns = geometry.columns(inBox: width(of: box))
    let name = painting.sign(number) + tree.labels[Int(tree.label[box.node])].name
    guard let text = LabelCutting.cut(name, toColumns: columns) else { return }
    svg.append(painting.paints[number].text == .white ? "<text class=\"w\" x=\"" : "<text x=\"")
    append(tenths(left(of: box) + SVGGeometry.labelInset), to: &svg)
    svg.append("\" y=\"")
    append(tenths(geometry.top(ofRow: box.row) + geometry.labelBaseline), to: &svg)
    svg.append("\">")
    svg.append(xml: text)
    svg.append("</text>\n")
  }

  /// The left side of a box in pixels.
  private func left(of box: FlameGraphLayout.Box) -> Double {
    SVGGeometry.margin + Double(box.left) * unit
  }

  private func width(of box: FlameGraphLayout.Box) -> Double {
    tree.allSamples == 0 ? geometry.boxesWidth : Double(box.total) * unit
  }

  /// Pixels of one count.
  private var unit: Double {
    tree.allSamples == 0 ? 0 : geometry.boxesWidth / Double(tree.allSamples)
  }

  private func tenths(_ pixels: Double) -> Int { Int((10 * pixels).rounded()) }

  /// Writes tenths as a number: `12.3`, `-4`, `.5`.
  private func append(_ tenths: Int, to svg: inout ByteWriter) {
    if tenths < 0 { svg.append("-") }
    let magnitude = Int(tenths.magnitude)
    if magnitude >= 10 || magnitude == 0 { svg.append(decimal: magnitude / 10) }
    if magnitude % 10 > 0 {
      svg.append(".")
      svg.append(decimal: magnitude % 10)
    }
  }
}

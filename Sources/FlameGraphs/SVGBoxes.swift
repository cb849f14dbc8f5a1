// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The boxes, each a group of tooltip, rectangle and, where there is room, label.
struct SVGBoxes {
  let profile: Profile
  let tree: CallTree
  let layout: FlameGraphLayout
  let geometry: SVGGeometry

  /// A name may be a megabyte long; its tooltip is not.
  private static let longestName = 2000

  func write(to svg: inout ByteWriter) {
    let names = tree.labels.map { LabelCutting.cut($0.name, toBytes: Self.longestName) }
    svg.append("<g id=\"boxes\"")
    writeMeasures(to: &svg)
    writeNumbers(names, to: &svg)
    svg.append(">\n")
    let palette = Palette()
    let moduleNames = profile.modules.map { $0.name }
    let unit = tree.total == 0 ? 0 : geometry.boxesWidth / Double(tree.total)
    for box in layout.boxes {
      let node = tree.nodes[box.node]
      let label = tree.labels[Int(node.label)]
      let frame = node.frame < 0 ? nil : profile.frames[Int(node.frame)]
      let module = frame.map { moduleNames[$0.module] }
      let paint = palette.paint(kind: label.kind, name: label.name, module: module ?? "")
      let name = names[Int(node.label)]
      let width = tree.total == 0 ? geometry.boxesWidth : Double(box.total) * unit
      svg.append(paint.text == .white ? "<g class=\"w\"><title>" : "<g><title>")
      write(tooltip: name, module, frame, label.kind, box.total, to: &svg)
      svg.append("</title>")
      write(
        rectangle: paint, x: SVGGeometry.margin + Double(box.left) * unit,
        y: geometry.top(ofRow: box.row), width: width, label: name, to: &svg)
      svg.append("</g>\n")
    }
    svg.append("</g>\n")
  }

  /// `name (module) 1,234 samples, 12.34 %`, and what else is known on a second line.
  private func write(
    tooltip name: String, _ module: String?, _ frame: Frame?, _ kind: BoxKind, _ total: UInt64,
    to svg: inout ByteWriter
  ) {
    svg.append(xml: name)
    if let module {
      svg.append(" (")
      svg.append(xml: LabelCutting.cut(module, toBytes: Self.longestName))
      svg.append(")")
    }
    svg.append(" ")
    svg.append(samplesIn: total)
    svg.append(", ")
    svg.append(percentOf: total, in: tree.total)
    let function = frame.map { profile.functions[$0.function] }
    let file = function?.file ?? ""
    if kind.mark == nil && file.isEmpty { return }
    svg.append("\n")
    if let mark = kind.mark { svg.append(mark) }
    if let function, !file.isEmpty {
      if kind.mark != nil { svg.append(", ") }
      svg.append(xml: LabelCutting.cut(file, toBytes: Self.longestName))
      if function.startLine > 0 {
        svg.append(":")
        svg.append(decimal: Int(function.startLine))
      }
    }
  }

  private func write(
    rectangle paint: Palette.Paint, x: Double, y: Double, width: Double, label: String,
    to svg: inout ByteWriter
  ) {
    svg.append("<rect x=\"")
    svg.append(pixels: x)
    svg.append("\" y=\"")
    svg.append(pixels: y)
    svg.append("\" width=\"")
    svg.append(pixels: SVGGeometry.drawnWidth(width))
    svg.append("\" height=\"")
    svg.append(pixels: SVGGeometry.boxHeight)
    if width >= SVGGeometry.narrowestRounded {
      svg.append("\" rx=\"")
      svg.append(pixels: SVGGeometry.cornerRadius)
    }
    svg.append("\" fill=\"")
    svg.append(bytes: paint.fill.hexadecimal)
    svg.append("\"/>")

    let columns = SVGGeometry.columns(inBox: width)
    guard let text = LabelCutting.cut(label, toColumns: columns) else { return }
    svg.append("<text x=\"")
    svg.append(pixels: x + SVGGeometry.labelInset)
    svg.append("\" y=\"")
    svg.append(pixels: y + SVGGeometry.labelBaseline)
    svg.append("\">")
    svg.append(xml: text)
    svg.append("</text>")
  }

  // MARK: For the script

  /// The measures by which the script lays boxes out again.
  private func writeMeasures(to svg: inout ByteWriter) {
    let measures: [(StaticString, Double)] = [
      (" data-margin=\"", SVGGeometry.margin), ("\" data-gap=\"", SVGGeometry.gap),
      ("\" data-gap-from=\"", SVGGeometry.narrowestWithGap),
      ("\" data-round-from=\"", SVGGeometry.narrowestRounded),
      ("\" data-radius=\"", SVGGeometry.cornerRadius),
      ("\" data-narrowest=\"", SVGGeometry.narrowestBox),
      ("\" data-inset=\"", SVGGeometry.labelInset),
      ("\" data-baseline=\"", SVGGeometry.labelBaseline),
      ("\" data-column=\"", SVGGeometry.columnWidth),
    ]
    for (name, value) in measures {
      svg.append(name)
      svg.append(pixels: value)
    }
    svg.append("\"")
  }

  /// Exact places, since pixels are rounded: for each box its row, the samples to its left and in it,
  /// and how much of its tooltip, in units of UTF-16, is its name.
  private func writeNumbers(_ names: [String], to svg: inout ByteWriter) {
    svg.append(" data-boxes=\"")
    for (index, box) in layout.boxes.enumerated() {
      if index > 0 { svg.append(" ") }
      svg.append(decimal: box.row)
      svg.append(" ")
      svg.append(decimal: box.left)
      svg.append(" ")
      svg.append(decimal: box.total)
      svg.append(" ")
      svg.append(decimal: names[Int(tree.nodes[box.node].label)].utf16.count)
    }
    svg.append("\"")
  }
}

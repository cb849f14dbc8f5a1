// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The legend: the meaning of the colours.
struct SVGLegend {
  let painting: BoxPainting

  /// The side of a square, in pixels.
  private static let swatch = 11.0

  func write(to svg: inout ByteWriter) {
    var x = SVGGeometry.margin
    svg.append("<g>\n")
    for (paints, name) in painting.legend {
      for paint in paints {
        svg.append("<rect x=\"")
        svg.append(pixels: x)
        svg.append("\" y=\"")
        svg.append(pixels: SVGGeometry.legendBaseline - Self.swatch + 1)
        svg.append("\" width=\"")
        svg.append(pixels: Self.swatch)
        svg.append("\" height=\"")
        svg.append(pixels: Self.swatch)
        svg.append("\" rx=\"2\" fill=\"")
        svg.append(bytes: paint.fill.hexadecimal)
        svg.append("\"/>")
        x += Self.swatch + 2
      }
      x += 4
      svg.append("<text x=\"")
      svg.append(pixels: x)
      svg.append("\" y=\"")
      svg.append(pixels: SVGGeometry.legendBaseline)
      svg.append("\">")
      svg.append(xml: name)
      svg.append("</text>\n")
      x += Self.width(of: name) + 20
    }
    svg.append("</g>\n")
  }

  /// The approximate width of a text in pixels, in the widest of the style's fonts at 12 px.
  private static func width(of text: String) -> Double {
    text.utf8.reduce(0) { width, byte in
      switch byte {
      case UInt8(ascii: "i"), UInt8(ascii: "l"), UInt8(ascii: "r"), UInt8(ascii: "t"),
        UInt8(ascii: "f"), UInt8(ascii: ","), UInt8(ascii: " "):
        width + 4.2
      case UInt8(ascii: "m"), UInt8(ascii: "w"): width + 11
      default: width + 7.3
      }
    }
  }
}

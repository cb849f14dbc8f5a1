// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A flame graph in one SVG file that needs nothing else.
///
/// It is right and complete without its script, since that is how most readers see it: as an image
/// in a report, on a code host, through librsvg. Opened in a browser, a click zooms. Boxes stand on
/// their callers, are as wide as their share of the samples, and in the order of their names; the
/// horizontal axis is no time.
///
/// Foreign text passes through `ByteWriter.append(xml:)` only and is never part of script or style.
/// The same profile gives the same bytes.
public struct SVGFlameGraph: Sendable {
  public struct Options: Hashable, Sendable {
    /// The heading; nil names the target.
    public var title: String?
    /// Width of the picture in pixels, at least 400. A browser fits it to its window.
    public var width: Int

    public init(title: String? = nil, width: Int = 1200) {
      self.title = title
      self.width = width
    }
  }

  private let profile: Profile
  private let options: Options

  public init(_ profile: Profile, options: Options = Options()) {
    self.profile = profile
    self.options = options
  }

  /// The whole file.
  public func bytes() -> [UInt8] {
    let tree = CallTree(profile)
    let boxesWidth = SVGGeometry.boxesWidth(in: Double(max(options.width, 400)))
    let layout = FlameGraphLayout(
      tree, width: boxesWidth, minimumWidth: SVGGeometry.narrowestBox)
    let geometry = SVGGeometry(boxesWidth: boxesWidth, rows: layout.rows)

    let header = SVGHeader(profile: profile, title: options.title, geometry: geometry)
    let legend = SVGLegend(tree: tree, layout: layout, geometry: geometry)
    let boxes = SVGBoxes(profile: profile, tree: tree, layout: layout, geometry: geometry)
    let footer = SVGFooter(tree: tree, layout: layout, geometry: geometry)

    var svg = ByteWriter(capacity: 16_384 + 260 * layout.boxes.count)
    open(&svg, header.title, geometry)
    header.write(to: &svg)
    legend.write(to: &svg)
    boxes.write(to: &svg)
    footer.write(to: &svg)
    svg.append("<script><![CDATA[\n")
    svg.append(SVGScript.source)
    svg.append("\n]]></script>\n</svg>\n")
    return svg.bytes
  }

  private func open(_ svg: inout ByteWriter, _ title: String, _ geometry: SVGGeometry) {
    svg.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"")
    svg.append(pixels: geometry.width)
    svg.append("\" height=\"")
    svg.append(pixels: geometry.height)
    svg.append("\" viewBox=\"0 0 ")
    svg.append(pixels: geometry.width)
    svg.append(" ")
    svg.append(pixels: geometry.height)
    svg.append("\">\n<title>")
    svg.append(xml: title)
    svg.append("</title>\n<style>\n")
    svg.append(SVGStyle.source)
    svg.append("\n</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n")
  }
}

// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// What was profiled, where, when, how, and what was lost; and in the right corner how to zoom, or
/// the button that ends it.
struct SVGHeader {
  let profile: Profile
  let title: String
  private let hasOwnTitle: Bool
  private let geometry: SVGGeometry

  init(profile: Profile, title: String?, geometry: SVGGeometry) {
    self.profile = profile
    self.title = title ?? "CPU flame graph: \(profile.session.target)"
    self.hasOwnTitle = title != nil
    self.geometry = geometry
  }

  func write(to svg: inout ByteWriter) {
    svg.append("<text class=\"title\" x=\"")
    svg.append(pixels: SVGGeometry.margin)
    svg.append("\" y=\"")
    svg.append(pixels: SVGGeometry.titleBaseline)
    svg.append("\">")
    svg.append(xml: fitted(title, columns: Int((geometry.boxesWidth - 240) / 11.5)))
    svg.append("</text>\n<text id=\"subtitle\" x=\"")
    svg.append(pixels: SVGGeometry.margin)
    svg.append("\" y=\"")
    svg.append(pixels: SVGGeometry.subtitleBaseline)
    svg.append("\">")
    svg.append(xml: parts.joined(separator: " · "))
    let lost = profile.account.samples.totalLost
    if lost > 0 {
      svg.append(" · <tspan class=\"lost\">")
      svg.append(grouped: lost)
      svg.append(" lost (")
      svg.append(profile.account.samples.lostPercent, places: 2)
      svg.append(" %)</tspan>")
    } else {
      svg.append(" · 0 lost")
    }
    svg.append("</text>\n")
    writeCorner(to: &svg)
  }

  private var parts: [String] {
    let session = profile.session
    var duration = ByteWriter()
    duration.append(Double(session.duration) / 1e9, places: 1)
    duration.append(" s")
    var samples = ByteWriter()
    samples.append(samplesIn: profile.totalCount)
    return (hasOwnTitle ? [fitted(session.target)] : []) + [
      fitted(session.host),
      "\(UTCTime(nanosecondsSince1970: session.startedAt)) UTC",
      String(decoding: duration.bytes, as: UTF8.self),
      "\(fitted(session.event)) at \(session.frequencyHz) Hz",
      session.cpus == 1 ? "1 CPU" : "\(session.cpus) CPUs",
      String(decoding: samples.bytes, as: UTF8.self),
    ]
  }

  /// No part may push the others out of the picture.
  private func fitted(_ text: String, columns: Int = 48) -> String {
    LabelCutting.cut(VisibleText.of(text), toColumns: columns) ?? ""
  }

  /// The groups of class `end` keep to the right when the script fits the picture to a window.
  private func writeCorner(to svg: inout ByteWriter) {
    svg.append("<g class=\"end\" transform=\"translate(")
    svg.append(pixels: geometry.right)
    svg.append(" ")
    svg.append(pixels: SVGGeometry.titleBaseline)
    svg.append(
      """
      )"><text id="hint" text-anchor="end">Open this file in a browser to zoom</text>\
      <g id="reset" role="button" tabindex="0" aria-label="Reset zoom" display="none">\
      <rect x="-92" y="-19" width="92" height="28" rx="6"/>\
      <text x="-46" y="-1" text-anchor="middle">Reset zoom</text></g></g>

      """)
  }
}

extension ByteWriter {
  /// `1 sample`, `1,234 samples`
  mutating func append(samplesIn count: UInt64) {
    append(grouped: count)
    append(count == 1 ? " sample" : " samples")
  }
}

// SPDX-License-Identifier: Apache-2.0

/// The style sheet of the static picture: fonts and colours of text outside the boxes. It has no
/// geometry, which librsvg and others ignore in a style sheet, and loads no fonts.
enum SVGStyle {
  static let source: StaticString = #"""
    svg {
      font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
      font-size: 12px;
    }
    text { fill: #59636e; }
    .title { font-size: 20px; font-weight: 600; fill: #1f2328; }
    .warning { fill: #b42318; font-weight: 600; }
    .labels text { fill: #000; white-space: pre; }
    .labels .w { fill: #fff; }
    """#
}

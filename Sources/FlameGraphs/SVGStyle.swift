// SPDX-License-Identifier: Apache-2.0

/// Fonts and colours of what is not a box. No geometry, which librsvg and others would not take from
/// a style sheet, and no fonts from elsewhere.
enum SVGStyle {
  static let source: StaticString = #"""
    text {
      font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
      font-size: 12px;
      fill: #59636e;
    }
    .title { font-size: 20px; font-weight: 600; fill: #1f2328; }
    .lost { fill: #b42318; font-weight: 600; }
    #boxes text {
      font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
      font-size: 11px;
      fill: #000;
      white-space: pre;
      pointer-events: none;
    }
    #boxes g.w text { fill: #fff; }
    #boxes g { cursor: pointer; outline: none; }
    #boxes g:hover rect, #boxes g:focus-visible rect { stroke: #1f2328; stroke-width: 1.2px; }
    #boxes g.caller rect { opacity: .55; }
    #boxes g.caller text { fill: #000; }
    #reset { cursor: pointer; outline: none; }
    #reset rect { fill: #f6f8fa; stroke: #d0d7de; }
    #reset:hover rect, #reset:focus-visible rect { fill: #eaeef2; stroke: #59636e; }
    #reset text { fill: #1f2328; }
    """#
}

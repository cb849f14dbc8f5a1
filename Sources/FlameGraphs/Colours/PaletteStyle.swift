// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The colour scheme of a flame graph's boxes. Raw values are the names that the command takes. The
/// default is `files`; the others are those of flamegraph.pl and related tools.
package enum PaletteStyle: String, CaseIterable, Sendable {
  /// A hue for each file (program or library); other hues for the kernel, inlined, JIT and unknown
  /// code.
  case files
  /// Shades of one colour, or of one range of hues, for all code.
  case hot, mem, io, red, green, blue, aqua, yellow, purple, orange
  /// A colour for each kind of code of a language: compiled at run time, inlined, C++, the kernel,
  /// and other code. In `rust`: Rust's own, its standard library, the kernel, and other code.
  case java, js, perl, python, rust
  /// The colours for stacks of waiting threads (off-CPU): one for all in `wakeup`; in `chain` a
  /// second one for the frames of the thread that woke the waiting one, whose names end in `_[w]`.
  case wakeup, chain

  /// The families of the style.
  var families: [ColourFamily] { legend.map(\.family) }

  /// The families with their meaning; an empty text for a style of one family.
  var legend: [(family: ColourFamily, text: String)] {
    switch self {
    case .files: [(.files, "programs and libraries, a hue for each")]
    case .hot: [(.hot, "")]
    case .mem: [(.mem, "")]
    case .io: [(.io, "")]
    case .red: [(.red, "")]
    case .green: [(.green, "")]
    case .blue: [(.blue, "")]
    case .aqua: [(.aqua, "")]
    case .yellow: [(.yellow, "")]
    case .purple: [(.purple, "")]
    case .orange: [(.orange, "")]
    case .java: Self.languages("Java")
    case .js: Self.languages("JavaScript")
    case .perl: Self.languages("Perl")
    case .python: Self.languages("Python")
    case .rust:
      [(.orange, "kernel"), (.yellow, "std, core, alloc"), (.aqua, "Rust"), (.red, "other code")]
    case .wakeup: [(.aqua, "")]
    case .chain: [(.blue, "waiting"), (.aqua, "waking up")]
    }
  }

  private static func languages(_ language: String) -> [(family: ColourFamily, text: String)] {
    [
      (.green, language), (.aqua, "inlined or built in"), (.yellow, "C++"), (.orange, "kernel"),
      (.red, "other code"),
    ]
  }

  /// The family of a label; nil where the kind alone selects the colour.
  func family(of label: CallTree.Label) -> ColourFamily? {
    switch label.kind {
    case .all, .thread, .process, .truncated: return nil
    case .user, .inlined, .kernel, .anonymous, .unknown: break
    }
    let name = label.name
    switch self {
    case .files: return label.kind == .user ? .files : nil
    case .rust:
      if label.kind == .kernel { return .orange }
      let standard = ["std::", "core::", "alloc::", "<std::", "<core::", "<alloc::"]
      if standard.contains(where: name.hasPrefix) { return .yellow }
      return name.utf8.contains(UInt8(ascii: ":")) ? .aqua : .red
    case .chain: return name.hasSuffix("_[w]") ? .aqua : .blue
    case .java, .js, .perl, .python:
      if label.kind == .kernel { return .orange }
      if label.kind == .inlined { return .aqua }
      if isOfLanguage(label) { return .green }
      return name.containsBytes(of: "::") ? .yellow : .red
    default: return families[0]
    }
  }

  /// Whether a label is code of the style's language: made at run time, or named as its functions
  /// are.
  private func isOfLanguage(_ label: CallTree.Label) -> Bool {
    if label.kind == .anonymous { return true }
    let hints =
      switch self {
      case .java: ["/"]
      case .js: [".js", "JS:"]
      case .perl: ["Perl", ".pl", ".pm"]
      case .python: [".py", "py::"]
      default: [String]()
      }
    return hints.contains { label.name.containsBytes(of: $0) || label.file.hasSuffix($0) }
  }
}

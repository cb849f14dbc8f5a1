// SPDX-License-Identifier: Apache-2.0

/// Advice for options of flamegraph.pl and stackcollapse-perf.pl that flameback does not have.
enum OptionsOfOtherTools {
  private static let advice = [
    "--nameattr": "flameback makes no links of names",
    "--search-color": "matches are always pink, a colour that no palette has",
    "--bgcolors": "the viewer is light or dark, as the reader's system is set",
    "--random": "a name always has the same colour",
    "--encoding": "files are always UTF-8",
    "--negate": "flameback diff AFTER BEFORE swaps the colours",
    "--total": "the total is always that of the input",
    "--factor": "counts are always those of the input",
    "--kernel": "use --annotate", "--jit": "use --annotate",
    "--addrs": "use -o FILE.pb.gz or -o FILE.json",
    "--inline": "inlined frames are read as perf script prints them",
    "--context": "inlined frames are read as perf script prints them",
    "--event-filter": "filter in perf script", "--srcline": "use -o FILE.json",
  ]

  /// The advice to print behind the parser's message; nil if that is not about one of these
  /// options.
  static func advice(for message: String) -> String? {
    guard message.hasPrefix("Unknown option '"),
      let option = message.dropFirst("Unknown option '".count)
        .split(whereSeparator: { "'=".contains($0) }).first
    else { return nil }
    return advice[String(option)]
  }
}

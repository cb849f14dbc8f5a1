// SPDX-License-Identifier: Apache-2.0

/// Options of flamegraph.pl and stackcollapse-perf.pl that are not here: what does it instead.
enum ForeignOptions {
  private static let answers = [
    "--nameattr": "names have no links here", "--search-color": "matches are pink, which no box is",
    "--bgcolors": "the viewer is light or dark as its reader's system is",
    "--random": "colours are always the same for a name",
    "--encoding": "files are UTF-8",
    "--negate": "flameback diff AFTER BEFORE turns the colours round",
    "--total": "totals are those of the input",
    "--factor": "counts are those of the input",
    "--kernel": "use --annotate", "--jit": "use --annotate",
    "--addrs": "use -o FILE.pb.gz or .json",
    "--inline": "inlined frames are read as perf script prints them",
    "--context": "inlined frames are read as perf script prints them",
    "--event-filter": "filter in perf script", "--srcline": "use -o FILE.json",
  ]

  /// What to say behind the parser's message; nil if it is about nothing of these.
  static func answer(to message: String) -> String? {
    guard message.hasPrefix("Unknown option '"),
      let option = message.dropFirst("Unknown option '".count)
        .split(whereSeparator: { "'=".contains($0) }).first
    else { return nil }
    return answers[String(option)]
  }
}

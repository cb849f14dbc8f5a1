// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Symbolization

/// The options of `record` and `symbolize` that control symbolization.
struct NamingArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How names are demangled: full, simple or none. (default: simple; for symbolize: full)
      """,
      valueName: "style"))
  var demangle: DemanglingStyle?

  @Flag(help: "Do not show inlined functions.")
  var noInline = false

  @Option(
    help: ArgumentHelp(
      "Search this folder, too, for separate debug files; repeatable.", valueName: "folder"),
    completion: .directory)
  var debugDir: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      What reads DWARF: own, libdw, or both, which reports each address for which they differ. \
      (default: own, and libdw for what that cannot read)
      """,
      valueName: "reader"))
  var debugReader: DebugReader?

  @Flag(help: "Fetch missing debug files from the servers in DEBUGINFOD_URLS.")
  var debuginfod = false

  /// The options as a value, with a default for `--demangle`.
  func options(defaultStyle style: DemanglingStyle) -> Symbolizer.Options {
    Symbolizer.Options(
      demangling: demangle ?? style, followsInlines: !noInline,
      extraDebugFolders: debugDir.map(absolutePath), usesServers: debuginfod,
      debugReader: debugReader)
  }

  /// Refuses `--debuginfod` if no server is known.
  func check() throws(Failure) {
    guard debuginfod, !DebugFileServer.isConfigured else { return }
    throw .usage(
      "--debuginfod: DEBUGINFOD_URLS names no server; for Debian's packages: "
        + "DEBUGINFOD_URLS=https://debuginfod.debian.net (sudo --preserve-env=DEBUGINFOD_URLS)")
  }
}

extension DemanglingStyle: ExpressibleByArgument {}
extension DebugReader: ExpressibleByArgument {}

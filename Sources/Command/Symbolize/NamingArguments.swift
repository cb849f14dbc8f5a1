// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Symbolization

/// How names are found and shown: options of `record` and `symbolize`.
struct NamingArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How names are shown: full, simple or none. (default: simple; of symbolize: full)",
      valueName: "style"))
  var demangle: DemanglingStyle?

  @Flag(help: "Show only functions that stand by themselves, not what was inlined into them.")
  var noInline = false

  @Option(
    help: ArgumentHelp(
      "Look for separate debug files here, too; repeatable.", valueName: "folder"),
    completion: .directory)
  var debugDir: [String] = []

  @Flag(help: "Fetch missing debug files from the servers in DEBUGINFOD_URLS.")
  var debuginfod = false

  func options(usually style: DemanglingStyle) -> Symbolizer.Options {
    Symbolizer.Options(
      demangling: demangle ?? style, followsInlines: !noInline,
      extraDebugFolders: debugDir.map(absolutePath), usesServers: debuginfod)
  }

  func check() throws(Failure) {
    guard debuginfod, !DebugFileServer.isNamed else { return }
    throw .usage(
      "--debuginfod: no server is named in DEBUGINFOD_URLS; for Debian's own packages: "
        + "DEBUGINFOD_URLS=https://debuginfod.debian.net (sudo keeps it only if told to)")
  }
}

extension DemanglingStyle: ExpressibleByArgument {}

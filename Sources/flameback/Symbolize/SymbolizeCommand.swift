// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Symbolization

/// `flameback symbolize`: its options. What it does is in `SymbolizeRun`.
struct SymbolizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "symbolize",
    abstract: "Names addresses of an object file, as llvm-symbolizer does.",
    usage: """
      flameback symbolize --obj FILE ADDRESS…
      flameback symbolize --obj FILE < ADDRESSES
      """,
    discussion: """
      Prints what `llvm-symbolizer --inlines --demangle` prints: for each address its functions, \
      the innermost first, each followed by a line FILE:LINE:COLUMN, and an empty line behind \
      them; ?? is what is not known. Addresses are those that the file was linked for: 0x and \
      hexadecimal digits, or decimal.

      EXAMPLE
        flameback symbolize --obj /usr/bin/perl 0x44a10
      """)

  @Option(
    name: .customLong("obj"), help: ArgumentHelp("The file: ELF, 64 bits.", valueName: "file"),
    completion: .file())
  var object: String

  @Option(
    help: ArgumentHelp("How names are shown: full, simple or none.", valueName: "style"))
  var demangle = DemanglingStyle.full

  @Flag(help: "Only the function that an address stands in, not what was inlined there.")
  var noInline = false

  @Option(
    help: ArgumentHelp(
      "Look for separate debug files here, too; repeatable.", valueName: "folder"),
    completion: .directory)
  var debugDir: [String] = []

  @Flag(help: "Fetch a missing debug file from the servers in DEBUGINFOD_URLS.")
  var debuginfod = false

  @Argument(
    help: ArgumentHelp("Read from standard input where none is given.", valueName: "address"))
  var addresses: [String] = []

  func run() throws {
    try checkServers(debuginfod)
    let options = Symbolizer.Options(
      demangling: demangle, followsInlines: !noInline,
      extraDebugFolders: debugDir.map(absolutePath), usesServers: debuginfod)
    var run = try SymbolizeRun(path: object, options: options, usesServers: debuginfod)
    try run.run(addresses)
  }
}

extension DemanglingStyle: ExpressibleByArgument {}

/// - Parameter isAsked: for `--debuginfod`.
func checkServers(_ isAsked: Bool) throws(Failure) {
  guard isAsked, !DebugFileServer.isNamed else { return }
  throw .usage(
    "--debuginfod: no server is named in DEBUGINFOD_URLS; for Debian's own packages: "
      + "DEBUGINFOD_URLS=https://debuginfod.debian.net (sudo keeps it only if told to)")
}

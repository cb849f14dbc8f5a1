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
        flameback symbolize --obj /usr/bin/perl 0x11a0d0
      """)

  @Option(
    name: .customLong("obj"), help: ArgumentHelp("The file: ELF, 64 bits.", valueName: "file"),
    completion: .file())
  var object: String

  @OptionGroup var naming: NamingArguments

  @Argument(
    help: ArgumentHelp("Read from standard input where none is given.", valueName: "address"))
  var addresses: [String] = []

  func run() throws {
    try naming.check()
    var run = try SymbolizeRun(
      path: object, options: naming.options(usually: .full), usesServers: naming.debuginfod)
    try run.run(addresses)
  }
}

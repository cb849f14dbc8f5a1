// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Symbolization

/// The options of `flameback symbolize`. `SymbolizeRun` does the work.
struct SymbolizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "symbolize",
    abstract: "Prints the functions and source lines of addresses, as llvm-symbolizer does.",
    usage: """
      flameback symbolize --obj FILE ADDRESS…
      flameback symbolize --obj FILE < ADDRESSES
      flameback symbolize --kernel ADDRESS…
      """,
    discussion: """
      Prints what `llvm-symbolizer --inlines --demangle` prints: for each address its functions, \
      the innermost first, each followed by a line FILE:LINE:COLUMN, and an empty line at the end; \
      ?? stands for unknown. Addresses are those of the file as it was linked: 0x and hexadecimal \
      digits, or decimal, or octal behind a 0.

      With --kernel, addresses are those of the running kernel, its modules and loaded BPF programs. \
      This needs root or CAP_SYSLOG.

      EXAMPLE
        flameback symbolize --obj /usr/bin/perl 0x11a0d0

      EXIT STATUS
        0    done, also for addresses that have no name
        1    the file could not be read
        2    usage
        3    --kernel: a privilege is missing, or the kernel hides its functions
        5    the output could not be written
      """)

  @Option(
    name: .customLong("obj"),
    help: ArgumentHelp("The object file: ELF, 64 bits.", valueName: "file"),
    completion: .file())
  var object: String?

  @Flag(help: "Name addresses of the running kernel, by /proc/kallsyms.")
  var kernel = false

  @OptionGroup var naming: NamingArguments

  @Argument(
    help: ArgumentHelp(
      "Addresses; without any they are read from standard input.", valueName: "address"))
  var addresses: [String] = []

  func run() throws {
    guard (object == nil) == kernel else {
      throw Failure.usage("symbolize: give either --obj FILE or --kernel")
    }
    if let object {
      try naming.check()
      var run = SymbolizeRun(
        try ObjectAnswers(
          path: object, options: naming.options(defaultStyle: .full),
          usesServers: naming.debuginfod))
      try run.run(addresses)
    } else {
      var run = SymbolizeRun(try KernelAnswers())
      try run.run(addresses)
    }
  }
}

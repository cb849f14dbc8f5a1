// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import Symbolization

// Measures parts of Symbolization that have no command of their own, for Benchmarks/symbols.py.
//
//   symbols-bench demangle full|simple < NAMES       prints each name demangled
//   symbols-bench table FILE                         prints the times of building and searching its symbol table

/// CPU milliseconds of this process.
func cpuMilliseconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

/// Demangles the lines of standard input.
func demangle(_ style: DemanglingStyle) {
  let demangler = Demangler(style)
  var output: [String] = []
  while let name = readLine() { output.append(demangler.demangled(name)) }
  print(output.joined(separator: "\n"))
}

/// Builds the symbol table of a file 9 times, then looks up 100,000 scattered addresses.
func time(tableOf path: String) throws {
  let file = try OpenFile(opening: path)
  guard let image = ElfImage(file) else { throw AbsenceReason.corrupt }
  var builds: [Double] = []
  var table = SymbolTable([])
  for _ in 0..<9 {
    let start = cpuMilliseconds()
    table = SymbolTable([image])
    builds.append(cpuMilliseconds() - start)
  }
  guard let text = image.section(named: ".text") else { throw AbsenceReason.corrupt }
  let count: UInt64 = 100_000
  var found = 0
  let start = cpuMilliseconds()
  for number in 0..<count {
    let address = text.address + number &* 0x9e37_79b9_7f4a_7c15 % text.size
    if let index = table.index(at: address), !table.name(at: index).isEmpty { found += 1 }
  }
  let lookup = (cpuMilliseconds() - start) * 1000 / Double(count)
  print("functions \(table.count)")
  print("build_ms \(builds.sorted()[builds.count / 2])")
  print("lookup_us \(lookup)")
  print("found \(found) of \(count)")
}

let arguments = CommandLine.arguments.dropFirst()
switch (arguments.first, arguments.last.flatMap(DemanglingStyle.init)) {
case ("demangle", let style?): demangle(style)
case ("table", _): try time(tableOf: arguments.last ?? "")
default: exit(2)
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Symbolization

@Suite struct GoFunctionTableTests {
  let source = """
    package main
    type Wheel struct { size int }
    //go:noinline
    func (w *Wheel) Turn(n int) int {
      sum := 0
      for i := 0; i < n; i++ {
        if i % w.size == 0 { sum += i * w.size } else { println(sum) }
      }
      return sum
    }
    //go:noinline
    func roll(wheels []Wheel) (sum int) {
      for i := range wheels { sum += wheels[i].Turn(i) }
      return
    }
    func main() { println(roll(make([]Wheel, 3))) }
    """

  /// Names of a stripped program are those of the same program with symbols and DWARF.
  @Test func functionsAndLinesOfAStrippedProgram() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("main.go", source)
    let build = "cd \(folder.path); go build -o @"
    let whole = try CompiledProgram(folder, name: "whole", "\(build) \(file)")
    let stripped = try CompiledProgram(
      folder, name: "stripped", "\(build) -ldflags='-s -w' \(file)")
    let turn = try #require(try whole.functions().first { $0.name == "main.(*Wheel).Turn" })
    let other = try whole.functions().filter { $0.name.hasPrefix("runtime.print") && $0.size > 0 }
    #expect(other.count > 3)
    let addresses = Set(
      (other + [turn]).flatMap { stride(from: $0.address, to: $0.address + $0.size, by: 3) }
    ).sorted()
    let truth = try whole.names(at: addresses)
    let names = try stripped.names(at: addresses)
    var lines = 0
    for index in addresses.indices {
      #expect(names.outermost(of: index) == truth.outermost(of: index))
      // The table has no inlined calls.
      if truth.entries[index].frames.count == 1 {
        #expect(names.lines(of: index) == truth.lines(of: index))
        lines += 1
      }
    }
    #expect(lines > 50)
    #expect(names.functions.contains { $0.name == "main.(*Wheel).Turn" })
  }
}

// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Symbolization

@Suite struct KernelSymbolsTests {
  func symbols(_ text: String) -> KernelSymbols { KernelSymbols(Array(text.utf8)) }

  let text = """
    0000000000000000 A fixed_percpu_data
    ffffffff81000000 T _stext
    ffffffff81000000 T startup
    ffffffff81000100 t __do_work
    ffffffff81000100 t do_work
    ffffffff81000100 T __do_work_global
    ffffffff81000200 D some_data
    ffffffff81000300 W weak_work
    ffffffff82000000 T late
    ffffffffc0002000 t nf_second\t[nf_tables]
    ffffffffc0001000 t nf_first\t[nf_tables]
    ffffffffc0003000 t bpf_prog_1234_sample\t[bpf]
    ffffffff81000400 t odd_order\t[odd]

    """

  @Test func functionsByAddress() {
    let kernel = symbols(text)
    #expect(!kernel.addressesAreHidden)
    #expect(kernel.symbol(at: 0xffff_ffff_8100_00ff) == .init(name: "startup", module: nil))
    #expect(kernel.symbol(at: 0xffff_ffff_8100_0100)?.name == "__do_work_global")
    // Data does not end a function, and is none.
    #expect(kernel.symbol(at: 0xffff_ffff_8100_0210)?.name == "__do_work_global")
    #expect(kernel.symbol(at: 0xffff_ffff_8100_0300)?.name == "weak_work")
  }

  @Test func modulesAndProgramsComeUnsorted() {
    let kernel = symbols(text)
    #expect(
      kernel.symbol(at: 0xffff_ffff_c000_1fff) == .init(name: "nf_first", module: "nf_tables"))
    #expect(
      kernel.symbol(at: 0xffff_ffff_c000_2000) == .init(name: "nf_second", module: "nf_tables"))
    #expect(
      kernel.symbol(at: 0xffff_ffff_c000_3010)
        == .init(name: "bpf_prog_1234_sample", module: "bpf"))
    #expect(kernel.symbol(at: 0xffff_ffff_8100_0450) == .init(name: "odd_order", module: "odd"))
  }

  @Test func whatIsFarFromAnyFunctionHasNoName() {
    let kernel = symbols(text)
    #expect(kernel.symbol(at: 0) == nil)
    #expect(kernel.symbol(at: 0xffff_ffff_80ff_ffff) == nil)
    #expect(kernel.symbol(at: 0xffff_ffff_8200_0010)?.name == "late")
    #expect(kernel.symbol(at: 0xffff_ffff_9000_0000) == nil)
    #expect(kernel.symbol(at: .max) == nil)
  }

  @Test func hiddenAddresses() {
    let kernel = symbols("0000000000000000 T _stext\n0000000000000000 t work\t[mod]\n")
    #expect(kernel.addressesAreHidden)
    #expect(kernel.symbol(at: 0) == nil)
    #expect(kernel.symbol(at: 0xffff_ffff_8100_0000) == nil)
    #expect(!symbols("").addressesAreHidden)
  }

  @Test func everyTruncationAndNonsense() {
    let bytes = Array(text.utf8)
    for length in 0...bytes.count {
      let kernel = KernelSymbols(Array(bytes.prefix(length)))
      for address: UInt64 in [0, 0xffff_ffff_8100_0100, 0xffff_ffff_c000_3000, .max] {
        _ = kernel.symbol(at: address)
      }
    }
    for nonsense in [
      "\n\n\n", "zzz", "1", "1 ", "1 t", "1 t ", "11111111111111111 t x\n", "1 t \n",
    ] {
      _ = symbols(nonsense).symbol(at: 1)
    }
  }

  /// The test machine's own kernel: its list is read whole, and each function found again.
  @Test func theRunningKernel() throws {
    let kernel = KernelSymbols.running()
    guard !kernel.addressesAreHidden else {
      // `kernel.kptr_restrict` is 2, or the test may not see addresses: then there is no name.
      #expect(kernel.count == 0)
      return
    }
    #expect(kernel.count > 10_000)
    let text = String(decoding: try contents(of: "/proc/kallsyms"), as: UTF8.self)
    var names: [UInt64: Set<Substring>] = [:]
    for line in text.split(separator: "\n") {
      let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard "tTwW".contains(fields[1]), let address = UInt64(fields[0], radix: 16) else { continue }
      names[address, default: []].insert(fields[2])
    }
    for (index, (address, expected)) in names.enumerated() where index % 50 == 0 {
      let symbol = try #require(kernel.symbol(at: address))
      #expect(expected.contains(Substring(symbol.name)))
    }
  }
}

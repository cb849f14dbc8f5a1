// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import System
import Testing

@testable import Sampling

@Suite struct KernelNamesTests {
  @Test(arguments: [
    ("schedule", "schedule", nil),
    ("nf_hook_slow [nf_tables]", "nf_hook_slow", "nf_tables"),
    ("bpf_prog_2f12307c5b86323e_note_new_range", "bpf_prog_2f12307c5b86323e_note_new_range", "bpf"),
    ("bpf_trampoline_6442530103", "bpf_trampoline_6442530103", "bpf"),
    ("bpf_prog_run_array [module]", "bpf_prog_run_array", "module"),
    // An unknown form gives at least the name.
    ("f [", "f", nil), ("f x]", "f", nil), ("f [m] x", "f", nil),
  ]) func answers(text: String, name: String, module: String?) {
    #expect(
      KernelSymbols.Symbol(answer: Array(text.utf8))
        == KernelSymbols.Symbol(name: name, module: module))
  }

  /// The kernel prints an address without a function as a number. It must not get into a profile.
  @Test(arguments: ["0xffffffff81000000", "0x0", "", " "])
  func anAddressWithoutAFunctionHasNoName(text: String) {
    #expect(KernelSymbols.Symbol(answer: Array(text.utf8)) == nil)
  }

  /// Where the kernel does not answer.
  @Test func namesOfTheList() throws {
    let text = """
      ffffffff81000000 T vfs_read
      ffffffff81000040 T _etext
      ffffffffc0900000 t bpf_prog_2f12307c5b86323e_f\t[bpf]

      """
    let functions = try #require(KernelFunctions(parsing: Array(text.utf8)))
    let addresses: Set<UInt64> = [
      0xffff_ffff_8100_0001, 0xffff_ffff_8100_0041, 0xffff_ffff_c090_0008,
    ]
    let symbols = KernelSymbols(of: addresses, in: functions)
    #expect(!symbols.areHidden)
    #expect(
      symbols.byAddress == [
        0xffff_ffff_8100_0001: .init(name: "vfs_read"),
        0xffff_ffff_c090_0008: .init(name: "bpf_prog_2f12307c5b86323e_f", module: "bpf"),
      ])
    let hidden = KernelSymbols(of: addresses, in: nil)
    #expect(hidden.areHidden && hidden.byAddress.isEmpty)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import System

@Suite struct KernelFunctionsTests {
  /// Modules and BPF programs behind the kernel, and not sorted.
  private static let text = """
    ffffffff81000000 T first_alias
    ffffffff81000000 T _stext
    ffffffff81000040 t inner
    ffffffff81000100 W weak
    ffffffff81000200 T _etext
    ffffffff82400000 D __start_rodata
    ffffffffc0a02000 t module_last\t[nf_tables]
    ffffffffc0a01000 t module_first\t[nf_tables]
    ffffffffc0900100 t bpf_prog_64ef0ce828a00274_second\t[bpf]
    ffffffffc0900000 t bpf_prog_2f12307c5b86323e_first\t[bpf]

    """

  @Test(
    arguments: [
      (0xffff_ffff_8100_0000, "first_alias", nil),
      (0xffff_ffff_8100_003f, "first_alias", nil),
      (0xffff_ffff_8100_0040, "inner", nil),
      (0xffff_ffff_8100_01ff, "weak", nil),
      (0xffff_ffff_c0a0_1fff, "module_first", "nf_tables"),
      (0xffff_ffff_c0a0_2fff, "module_last", "nf_tables"),
      (0xffff_ffff_c090_0001, "bpf_prog_2f12307c5b86323e_first", "bpf"),
      (0xffff_ffff_c090_0fff, "bpf_prog_64ef0ce828a00274_second", "bpf"),
    ] as [(UInt64, String, String?)])
  func functions(address: UInt64, name: String, module: String?) throws {
    let functions = try #require(KernelFunctions(parsing: Array(Self.text.utf8)))
    #expect(
      functions.function(at: address) == KernelFunctions.Function(name: name, module: module))
  }

  /// Below the kernel; behind its code; in data; behind the pages of the last program and module.
  @Test(
    arguments: [
      0, 0xffff_ffff_80ff_ffff, 0xffff_ffff_8100_0200, 0xffff_ffff_8100_0201,
      0xffff_ffff_8240_0000, 0xffff_ffff_c090_1000, 0xffff_ffff_c0a0_3000, .max,
    ] as [UInt64])
  func whatIsInNoFunction(address: UInt64) throws {
    let functions = try #require(KernelFunctions(parsing: Array(Self.text.utf8)))
    #expect(functions.function(at: address) == nil)
  }

  @Test func linesOfAnotherFormAreSkipped() throws {
    let text = """
      no address
      ffffffff81000000
      ffffffff81000000 T
      ffffffff81000000 T \u{0}
      ffffffff81000000Tname
      fffffffff81000000 T too_many_digits
      ffffffff81000010 t good\t[
      ffffffff81000020 t
      ffffffff81000030 t next\t[m]x
      ffffffff81000040 t cut
      """
    let functions = try #require(KernelFunctions(parsing: Array(text.utf8)))
    #expect(functions.function(at: 0xffff_ffff_8100_0008) == nil)
    #expect(functions.function(at: 0xffff_ffff_8100_002f) == .init(name: "good", module: nil))
    // The last line has no end: its name may be cut.
    #expect(functions.function(at: 0xffff_ffff_8100_0050) == .init(name: "next", module: nil))
  }

  /// The kernel shows zeros to processes that may not see its addresses.
  @Test(arguments: ["", "\n", "0000000000000000 T _stext\n0000000000000000 t f\t[m]\n"])
  func hiddenAddresses(text: String) {
    #expect(KernelFunctions(parsing: Array(text.utf8)) == nil)
  }

  /// Nothing traps, whatever the bytes are.
  @Test func changedBytes() {
    var generator = SystemRandomNumberGenerator()
    let whole = Array(Self.text.utf8)
    for _ in 0..<2000 {
      var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &generator)))
      for _ in 0..<8 where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      guard let functions = KernelFunctions(parsing: bytes) else { continue }
      for address in [0, 0xffff_ffff_8100_0040, 0xffff_ffff_c090_0001, .max] as [UInt64] {
        _ = functions.function(at: address)
      }
    }
  }

  /// Of the running kernel: the start of each function has its name.
  @Test(.enabled(if: geteuid() == 0, "addresses are hidden from others"))
  func theRunningKernel() throws {
    let functions = try #require(KernelFunctions.ofRunningKernel())
    let bytes = try #require(ProcFile.read("/proc/kallsyms"))
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let line = try #require(lines.first { $0.hasSuffix(" T vfs_read") })
    let address = try #require(UInt64(line.prefix(16), radix: 16))
    #expect(functions.function(at: address + 1) == .init(name: "vfs_read", module: nil))
  }
}

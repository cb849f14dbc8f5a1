// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import CShims
import ProfileModel
import System

/// The names of kernel functions, from the kernel itself: those of `/proc/kallsyms`, but for a few
/// addresses only.
struct KernelNames: ~Copyable {
  private let program: CInt
  private let entry: MappedArray<fb_kernel_name>

  /// - Parameter object: must outlive this value.
  init(_ object: borrowing BPFObject) throws(SamplingError) {
    let program = try object.descriptor(of: .nameKernelAddress)
    entry = try MappedArray(object.map(.kernelName), 0..<1)
    self.program = program
  }

  /// The functions of all frames of the kernel stacks among `stacks`, as the kernel names them, or
  /// else `/proc/kallsyms`. Our own programs are among them, as long as they are loaded.
  static func symbols(
    of stacks: [RawStack], _ object: borrowing BPFObject
  ) -> KernelSymbols {
    let addresses = calls(in: stacks)
    do throws(SamplingError) {
      let names = try KernelNames(object)
      var symbols = KernelSymbols()
      for address in addresses { symbols.byAddress[address] = try names.symbol(at: address) }
      return symbols
    } catch {
      // A filter of system calls may refuse to run a program, and let others load and attach it.
      return KernelSymbols(of: addresses, in: .ofRunningKernel())
    }
  }

  /// The distinct addresses of the frames of kernel stacks, return addresses moved onto their calls.
  private static func calls(in stacks: [RawStack]) -> Set<UInt64> {
    var calls: Set<UInt64> = []
    for stack in stacks where stack.reach == nil {
      for case (let depth, .address(let address)) in stack.frames.enumerated() {
        calls.insert(RawStack.call(address, depth))
      }
    }
    return calls
  }

  /// Nil where the address is in no function.
  private borrowing func symbol(at address: UInt64) throws(SamplingError) -> KernelSymbols.Symbol? {
    entry[0].address = address
    var options = bpf_test_run_opts()
    options.sz = MemoryLayout<bpf_test_run_opts>.size
    guard bpf_prog_test_run_opts(program, &options) == 0 else {
      throw .system(.last("bpf_prog_test_run"))
    }
    return withUnsafeBytes(of: entry[0].name) { bytes in
      // Safe: a copy of the tuple's bytes, up to the NUL.
      KernelSymbols.Symbol(answer: bytes.prefix { $0 != 0 })
    }
  }
}

extension KernelSymbols {
  /// The functions at these addresses.
  ///
  /// - Parameter functions: nil where the kernel hides them.
  init(of addresses: Set<UInt64>, in functions: KernelFunctions?) {
    self.init(areHidden: functions == nil)
    for address in addresses {
      byAddress[address] = functions?.function(at: address).map {
        Symbol(name: $0.name, module: $0.module)
      }
    }
  }
}

extension KernelSymbols.Symbol {
  /// - Parameter answer: an address as `%ps` of the kernel's `vsnprintf` prints it: `function`,
  ///   `function [module]`, or a number in text, which is not a name: nil. BPF programs have no module
  ///   there; it is set to `bpf`, as in `/proc/kallsyms`.
  init?(answer: some BidirectionalCollection<UInt8>) {
    let words = answer.split(separator: UInt8(ascii: " "), maxSplits: 1)
    guard let name = words.first, !name.starts(with: "0x".utf8) else { return nil }
    self.init(name: String(decoding: name, as: UTF8.self))
    if words.count == 2, words[1].first == UInt8(ascii: "["), words[1].last == UInt8(ascii: "]") {
      module = String(decoding: words[1].dropFirst().dropLast(), as: UTF8.self)
    } else if Self.programs.contains(where: { self.name.hasPrefix($0) }) {
      module = "bpf"
    }
  }

  private static let programs = ["bpf_prog_", "bpf_trampoline_", "bpf_dispatcher_"]
}

// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import CShims
import ProfileModel

/// The names of kernel functions, from the kernel itself: those of `/proc/kallsyms`, but for a few
/// addresses only, and with our own programs, as long as they are loaded.
struct KernelNames: ~Copyable {
  private let program: CInt
  private let entry: MappedArray<fb_kernel_name>

  /// - Parameter object: must outlive this value.
  init(_ object: borrowing BPFObject) throws(SamplingError) {
    let program = try object.descriptor(of: .nameKernelAddress)
    entry = try MappedArray(object.map(.kernelName), 0..<1)
    self.program = program
  }

  /// The functions of all frames of the kernel stacks among `stacks`.
  borrowing func symbols(of stacks: [RawStack]) throws(SamplingError) -> KernelSymbols {
    var symbols = KernelSymbols()
    var asked: Set<UInt64> = []
    for stack in stacks where stack.reach == nil {
      for case (let depth, .address(let address)) in stack.frames.enumerated() {
        let call = RawStack.call(address, depth)
        guard asked.insert(call).inserted else { continue }
        symbols.byAddress[call] = try symbol(at: call)
      }
    }
    return symbols
  }

  /// Nil where the address is in no function.
  borrowing func symbol(at address: UInt64) throws(SamplingError) -> KernelSymbols.Symbol? {
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

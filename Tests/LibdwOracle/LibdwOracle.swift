// SPDX-License-Identifier: Apache-2.0

import CElfutils
import Glibc
import ObjectFiles
import System

/// libdw's reading of a file's `.eh_frame`. For one thread at a time.
package final class LibdwOracle {
  private let descriptor: CInt
  private let elf: OpaquePointer
  private let information: OpaquePointer
  /// The sections `.init` and `.fini`, which nothing describes.
  private let initFunctions: [Range<UInt64>]
  /// The file's entry point, which may have no description either; 0 if there is none.
  package let entryPoint: UInt64

  package init?(path: String) {
    _ = elf_version(UInt32(EV_CURRENT))
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    guard let elf = elf_begin(descriptor, ELF_C_READ_MMAP, nil) else {
      close(descriptor)
      return nil
    }
    guard let information = dwarf_getcfi_elf(elf) else {
      elf_end(elf)
      close(descriptor)
      return nil
    }
    (self.descriptor, self.elf, self.information) = (descriptor, elf, information)
    let image = (try? OpenFile(FileDescriptor(opening: path, 0))).flatMap { ElfImage($0) }
    entryPoint = image?.entryPoint ?? 0
    initFunctions = [".init", ".fini"].compactMap { image?.section(named: $0) }
      .map { $0.address..<$0.address + $0.size }
  }

  deinit {
    dwarf_cfi_end(information)
    elf_end(elf)
    close(descriptor)
  }

  /// Where the frame of `machine` leads; `unsupported(0)` where its rules use what is not evaluated.
  package func caller(at pc: UInt64, of machine: Machine) -> Caller {
    var frame: OpaquePointer?
    guard dwarf_cfi_addrframe(information, pc, &frame) == 0, let frame else { return .unknown }
    // The caller frees it.
    defer { free(UnsafeMutableRawPointer(frame)) }

    switch value(of: 16, in: frame, of: machine, cfa: nil) {
    case .undefined: return .end
    default: break
    }
    var operations: UnsafeMutablePointer<Dwarf_Op>?
    var count = 0
    // It refuses to change the register of a CFA that is an expression, which libgcc does not.
    guard dwarf_frame_cfa(frame, &operations, &count) == 0 else { return .refused }
    guard let operations, count > 0,
      let cfa = machine.evaluate(UnsafeBufferPointer(start: operations, count: count), cfa: nil)
    else { return .unsupported(0) }
    guard
      case .known(let returnAddress) = value(of: 16, in: frame, of: machine, cfa: cfa.result)
    else { return .unsupported(0) }
    let rbp: UInt64
    switch value(of: 6, in: frame, of: machine, cfa: cfa.result) {
    case .known(let value): rbp = value
    // No frame above may use it then.
    case .undefined: rbp = machine.registers[6]
    case .notEvaluated: return .unsupported(0)
    }
    return .frame(cfa: cfa.result, returnAddress: returnAddress, rbp: rbp)
  }

  /// The value of a register, by its DWARF number, in the caller of the frame of `machine`; nil where it
  /// is lost or not evaluated.
  package func callersRegister(_ number: Int, at pc: UInt64, of machine: Machine) -> UInt64? {
    guard case .frame(let cfa, _, _) = caller(at: pc, of: machine) else { return nil }
    var frame: OpaquePointer?
    guard dwarf_cfi_addrframe(information, pc, &frame) == 0, let frame else { return nil }
    defer { free(UnsafeMutableRawPointer(frame)) }
    guard case .known(let value) = value(of: CInt(number), in: frame, of: machine, cfa: cfa) else {
      return nil
    }
    return value
  }

  /// Whether an address lies in `_init` or `_fini`, or in the padding beside them.
  package func isNearInitFunction(_ pc: UInt64) -> Bool {
    initFunctions.contains { $0.lowerBound <= pc + 16 && pc < $0.upperBound + 16 }
  }

  /// The first address behind `pc` with other rules; nil where nothing describes `pc`.
  package func endOfRow(at pc: UInt64) -> UInt64? {
    var frame: OpaquePointer?
    guard dwarf_cfi_addrframe(information, pc, &frame) == 0, let frame else { return nil }
    defer { free(UnsafeMutableRawPointer(frame)) }
    var start: Dwarf_Addr = 0
    var end: Dwarf_Addr = 0
    guard dwarf_frame_info(frame, &start, &end, nil) >= 0 else { return nil }
    return end
  }

  private enum RegisterValue {
    case known(UInt64)
    case undefined
    case notEvaluated
  }

  private func value(
    of register: CInt, in frame: OpaquePointer, of machine: Machine, cfa: UInt64?
  ) -> RegisterValue {
    withUnsafeTemporaryAllocation(of: Dwarf_Op.self, capacity: 3) { memory in
      var operations: UnsafeMutablePointer<Dwarf_Op>?
      var count = 0
      guard let base = memory.baseAddress,
        dwarf_frame_register(frame, register, base, &operations, &count) == 0
      else { return .notEvaluated }
      guard count > 0 else {
        // No operations at all: as it was. None in the memory that was lent: undefined.
        return operations == nil ? .known(machine.registers[Int(register)]) : .undefined
      }
      guard
        let value = machine.evaluate(
          UnsafeBufferPointer(start: operations, count: count), cfa: cfa)
      else { return .notEvaluated }
      return .known(value.isValue ? value.result : machine.word(at: value.result))
    }
  }
}

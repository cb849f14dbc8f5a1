// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

@testable import Sampling
@testable import System

/// The readers of what the kernel gives while sampling: it is made by the kernel, but names, paths and stacks
/// in it are of untrusted programs. The fuzzer gives them arbitrary bytes, and `FuzzCorpusTests` the corpus.
/// A raw value is the name of the reader's folder in the corpus.
enum FuzzedReader: String, CaseIterable {
  /// Files of `/proc` and `/sys`; the first byte selects one of them.
  case procFile = "ProcFile"
  case sideBandRecord = "SideBandRecord"
  /// The copy of a stack, and rows by which to walk in it.
  case copiedStack = "CopiedStack"
  /// The kernel's types, and those of an object that they are reduced to.
  case kernelTypes = "KernelTypes"

  /// Whether what is read of these bytes violates what readers guarantee.
  func isWrong(_ bytes: [UInt8]) -> Bool {
    switch self {
    case .procFile:
      guard let first = bytes.first else { return false }
      let file = ProcFileKind.allCases[Int(first) % ProcFileKind.allCases.count]
      return file.isWrong(Array(bytes.dropFirst()))
    case .sideBandRecord:
      guard case .map(let mapping)? = SideBandParser.record(bytes)?.event else { return false }
      return mapping.start >= mapping.end || mapping.path.utf8.count > 3 * bytes.count
    case .copiedStack: return Self.isWrongCopy(bytes)
    case .kernelTypes: return Self.isWrongReduction(bytes)
    }
  }

  /// Layout: two bytes for the length of the object's types, then these, then the kernel's. Whether what is
  /// left is not what the types were in: readable, with the same kinds.
  private static func isWrongReduction(_ bytes: [UInt8]) -> Bool {
    let count = bytes.count < 2 ? 0 : Int(bytes[0]) | Int(bytes[1]) << 8
    let content = bytes.dropFirst(2)
    let object = Array(content.prefix(count))
    let kernel = Array(content.dropFirst(count))
    guard let names = object.withUnsafeBytes({ TypeTable($0).map(TypeNames.init) }),
      let reduced = kernel.withUnsafeBytes({ bytes in
        TypeTable(bytes).flatMap { TypeReduction.reduced($0, to: names) }
      })
    else { return false }
    return reduced.withUnsafeBytes { bytes in
      guard let table = TypeTable(bytes) else { return true }
      return (1...UInt32(table.count)).contains { id in
        table.type(id).map { table.name(at: $0.name) == nil } ?? true
      }
    }
  }

  /// Layout: 64 bytes of rows, then a record of the ring.
  private static func isWrongCopy(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 64,
      let copy = bytes[64...].withUnsafeBytes({ CopiedStack(record: $0) })
    else { return false }
    let limit = 1024
    let outcome = copy.walk(limit: limit) { address in
      let index = 8 * Int(truncatingIfNeeded: address & 7)
      let row = (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[index + $1]) }
      switch row & 0xf {
      case 0: return .pending
      case 1: return .unknown
      default: return .row(row >> 4, object: row & 0x10 == 0 ? 7 : nil, bias: row >> 32)
      }
    }
    guard case .finished(let frames, _) = outcome else { return false }
    return frames.count > limit + 1
  }
}

/// The files of `ProcFile`, in the order of their selectors.
private enum ProcFileKind: CaseIterable {
  case maps, stat, status, timeOffsets, kallsyms, cgroups, mounts, cpus, kernelAnswer

  func isWrong(_ bytes: [UInt8]) -> Bool {
    switch self {
    case .maps: return ProcessMaps.executable(parsing: bytes).contains { $0.start >= $0.end }
    case .stat:
      let status = ProcessStatus(parsing: bytes)
      return status.map { $0.isZombie && $0.isRunning } ?? false
    case .status:
      guard let identity = ProcessIdentity(status: bytes, startTicks: .max) else { return false }
      return identity.hasStarted(at: 1 << 63)
    case .timeOffsets:
      _ = TimeNamespace.monotonicOffset(parsing: bytes)
      return false
    case .kallsyms:
      guard let functions = KernelFunctions(parsing: bytes) else { return false }
      return [0, 1, 0xffff_ffff_8100_0000, 0xffff_ffff_8100_0010, .max].contains {
        functions.function(at: $0)?.name.isEmpty == true
      }
    case .cgroups:
      _ = CgroupMount.memberships(bytes)
      return false
    case .mounts:
      let memberships = CgroupMount.memberships(Array("4:memory:/a/b\n0::/user.slice\n".utf8))
      _ = CgroupMount.mounts(bytes, memberships: memberships)
      return false
    case .cpus:
      let cpus = CPUList.parse(String(decoding: bytes, as: UTF8.self)) ?? []
      return cpus.contains { !(0..<8192).contains($0) }
    case .kernelAnswer:
      return KernelSymbols.Symbol(answer: bytes)?.name.isEmpty == true
    }
  }
}

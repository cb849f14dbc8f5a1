// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import System

/// The kernel's types that the BPF object reads, as a file in memory, from which libbpf learns the offsets
/// of members.
///
/// libbpf by itself would read all types of the kernel, more than 100,000, and search them by name for each
/// type of the object: with the part of the kernel's verifier, a third of what it costs to set up a run.
final class ReducedKernelTypes {
  private let file: FileDescriptor

  /// Reads the kernel's types, and keeps those that an object needs.
  ///
  /// - Parameter object: the bytes of the BPF object, an ELF file with BTF.
  /// - Returns: nil if that fails for any reason; libbpf is then left to read all of them.
  init?(for object: [UInt8]) {
    guard let types = Self.types(for: object) else { return nil }
    let descriptor = fb_memory_file("types")
    guard descriptor >= 0 else { return nil }
    file = FileDescriptor(adopting: descriptor)
    guard (try? writeAll(types, to: descriptor)) != nil, access(path, R_OK) == 0 else { return nil }
  }

  /// A path of the file, as long as this object lives.
  var path: String { "/proc/self/fd/\(file.rawValue)" }

  private static func types(for object: [UInt8]) -> [UInt8]? {
    guard let image = ElfImage(BytesInMemory(object)), let section = image.section(named: ".BTF"),
      let own = image.contents(of: section, limit: UInt64(object.count)),
      let names = own.withUnsafeBytes({ bytes in TypeTable(bytes).map(TypeNames.init) }),
      let kernel = KernelTypeBytes()
    else { return nil }
    return kernel.withBytes { bytes in
      TypeTable(bytes).flatMap { TypeReduction.reduced($0, to: names) }
    }
  }
}

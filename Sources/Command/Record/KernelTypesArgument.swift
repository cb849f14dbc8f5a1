// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import ProfileModel
import Sampling
import System

/// The option `--btf`, with the rule who may use it.
struct KernelTypesArgument: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Read the kernel's type information (BTF) from this file. Refused if the capabilities are those of \
      the binary. (default: /sys/kernel/btf/vmlinux)
      """, valueName: "file"), completion: .file())
  var btf: String?

  /// How BTF begins on this machine: 0xeb9f. (`linux/btf.h`)
  private static let magic: [UInt8] = [0x9f, 0xeb]

  /// The path of the file; nil if the option is not given.
  ///
  /// The file says where the kernel's structs have their members, and so which kernel memory the BPF
  /// program reads: only a user who could load a BPF program of his own may choose it.
  func path() throws(Failure) -> String? {
    guard let btf else { return nil }
    guard !Capability.areOfFile else {
      throw .usage(
        "--btf: not with capabilities of the binary, since the file decides which kernel memory is read"
      )
    }
    let beginning: [UInt8]
    do throws(SystemError) {
      // A FIFO is not waited for.
      let file = try FileDescriptor(opening: btf, O_RDONLY | O_NONBLOCK)
      beginning = try file.read(at: 0, count: 4)
    } catch {
      throw .usage("--btf \(VisibleText.of(btf)): \(Words.reason(error.code))")
    }
    guard beginning.starts(with: Self.magic) || beginning == Array("\u{7f}ELF".utf8) else {
      throw .usage("--btf \(VisibleText.of(btf)): neither BTF nor an ELF file that has it")
    }
    return btf
  }
}

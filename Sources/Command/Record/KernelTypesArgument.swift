// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import ProfileModel
import Sampling

/// The option `--btf`, with the rule who may use it.
struct KernelTypesArgument: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Read the kernel's type information (BTF) from this file. Refused if the capabilities are those of \
      the binary. (default: /sys/kernel/btf/vmlinux)
      """, valueName: "file"), completion: .file())
  var btf: String?

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
    // As the user, who may not read each file that this process may.
    guard access(btf, R_OK) == 0 else {
      throw .usage("--btf \(VisibleText.of(btf)): \(Words.reason(errno))")
    }
    return btf
  }
}

// SPDX-License-Identifier: Apache-2.0

import CLibbpf

/// A BPF program that is to be loaded because a collector needs it.
struct ProgramSelection {
  var name: ProgramName
  /// The type to load it as; nil is the type that its section names.
  var type: bpf_prog_type?

  init(_ name: ProgramName, type: bpf_prog_type? = nil) {
    self.name = name
    self.type = type
  }
}

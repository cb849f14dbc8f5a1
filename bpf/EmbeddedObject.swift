// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The compiled BPF program, as an ELF object for libbpf.
package enum EmbeddedObject {
  /// What has compiled it: `Debian clang version 14.0.6`.
  package static var compiler: String { clang }

  /// The object's bytes, decoded anew on each call: once a run.
  package static func bytes() -> [UInt8] {
    encodedObject.withUTF8Buffer { Base64.decode($0) }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The compiled BPF program, as an ELF object for libbpf.
public enum EmbeddedObject {
  /// What has compiled it: `Debian clang version 14.0.6`.
  public static var compiler: String { clang }

  /// The object's bytes, decoded anew on each call: once a run.
  public static func bytes() -> [UInt8] {
    encodedObject.withUTF8Buffer { Base64.decode($0) }
  }
}

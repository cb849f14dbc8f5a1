// SPDX-License-Identifier: Apache-2.0

/// The compiled BPF program, as an ELF object for libbpf.
public enum EmbeddedObject {
  /// What has compiled it: `Debian clang version 14.0.6`.
  public static var compiler: String { clang }

  /// The object's bytes, decoded anew on each call: once a run.
  public static func bytes() -> [UInt8] {
    encodedObject.withUTF8Buffer { decodeBase64($0) }
  }

  /// RFC 4648 base64 with padding. The text is our own build's, so nothing but padding is expected
  /// outside the alphabet.
  static func decodeBase64(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var accumulator: UInt32 = 0
    var bits = 0
    for character in text {
      let value: UInt8
      switch character {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      default: continue
      }
      accumulator = accumulator << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
      }
    }
    return bytes
  }
}

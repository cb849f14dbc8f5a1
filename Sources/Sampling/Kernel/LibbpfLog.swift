// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import Glibc
import Synchronization

/// The warnings of libbpf, kept for the case that loading fails. They are not printed: on a terminal they
/// would hide the one line that helps.
enum LibbpfLog {
  private static let lines = Mutex<[String]>([])

  /// Begins a new log.
  static func collect() {
    lines.withLock { $0.removeAll() }
    _ = libbpf_set_print { level, format, arguments in
      guard level == LIBBPF_WARN, let format, let arguments else { return 0 }
      var buffer = [CChar](repeating: 0, count: 1 << 20)
      // Safe: vsnprintf gets the buffer's size, and both pointers are libbpf's own.
      let length = vsnprintf(&buffer, buffer.count, format, arguments)
      let text = String(
        decoding: buffer.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      LibbpfLog.lines.withLock { $0.append(text) }
      return length
    }
  }

  /// The log so far.
  static func text() -> String { lines.withLock { $0.joined() } }
}

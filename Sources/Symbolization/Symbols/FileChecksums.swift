// SPDX-License-Identifier: Apache-2.0

import CZlib
import ObjectFiles
import Synchronization

/// The CRC-32 of whole files, computed once for each version of an inode: many programs can name one
/// large debug file.
final class FileChecksums: Sendable {
  /// Those of this process.
  static let shared = FileChecksums()

  private struct Key: Hashable {
    var device: UInt64
    var inode: UInt64
    var version: FileVersion
  }

  private struct State {
    var known: [Key: UInt32] = [:]
    var computed = 0
  }

  /// Debug files with a link are few; more than this are forgotten.
  private static let mostFiles = 4096

  private let state = Mutex(State())

  /// How often the bytes of a file were read.
  var computed: Int { state.withLock { $0.computed } }

  /// The CRC-32 of a file; nil where it cannot be read.
  func checksum(of file: OpenFile) -> UInt32? {
    // Taken before the bytes are read: if they change meanwhile, the result is of no later version.
    let key = file.version().map { Key(device: file.device, inode: file.inode, version: $0) }
    if let key, let known = state.withLock({ $0.known[key] }) { return known }
    state.withLock { $0.computed += 1 }
    guard let checksum = Self.compute(file) else { return nil }
    if let key {
      state.withLock { state in
        if state.known.count >= Self.mostFiles { state.known = [:] }
        state.known[key] = checksum
      }
    }
    return checksum
  }

  private static func compute(_ file: OpenFile) -> UInt32? {
    var crc: UInt = 0
    var offset: UInt64 = 0
    while offset < file.size {
      let count = min(1 << 20, file.size - offset)
      guard let bytes = file.bytes(at: offset, count: count) else { return nil }
      crc = crc32(crc, bytes, UInt32(bytes.count))
      offset += count
    }
    return UInt32(truncatingIfNeeded: crc)
  }
}

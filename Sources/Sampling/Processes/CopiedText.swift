// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Text that a program has copied to anonymous memory in its own place, so that it lies in huge pages:
/// a part of a file's mapping that is memory without a file now, with the file's bytes. Only the bytes
/// prove that, since code that is made at run time may be mapped anywhere.
struct CopiedText {
  let objects: ObjectTable
  let proc: ProcReader

  /// The most bytes of a mapping that are compared; of a larger one, pieces all over it.
  private static let mostBytes: UInt64 = 1 << 20
  private static let pieceBytes: UInt64 = 16 << 10

  /// Returns the mapping that was copied, at the address of the copy; nil if `copy` is not known to be
  /// one.
  ///
  /// - Parameters:
  ///   - copy: a new mapping of a process.
  ///   - neighbours: those that the process had before, in the range of `copy` or next to it.
  func original(of copy: Mapping, in pid: Int32, beside neighbours: [Mapping]) -> Mapping? {
    guard objects.objects[copy.object].kind == .anonymous, !copy.isWritable, copy.start >> 63 == 0,
      copy.start < copy.end
    else { return nil }
    for neighbour in neighbours {
      guard case .held(let file) = objects.held.state(of: neighbour.object) else { continue }
      var original = copy
      original.object = neighbour.object
      // In front of the neighbour, or behind its beginning.
      original.fileOffset = neighbour.fileOffset &+ copy.start &- neighbour.start
      if hasSameBytes(original, file, pid) { return original }
    }
    return nil
  }

  private func hasSameBytes(_ mapping: Mapping, _ file: OpenFile, _ pid: Int32) -> Bool {
    let size = mapping.end - mapping.start
    guard file.contains(offset: mapping.fileOffset, count: size) else { return false }
    let pieces = size > Self.mostBytes ? Self.mostBytes / Self.pieceBytes : 1
    let count = size > Self.mostBytes ? Self.pieceBytes : size
    for piece in 0..<pieces {
      // The last piece ends where the mapping does.
      let start = piece + 1 < pieces ? piece * ((size - count) / (pieces - 1)) : size - count
      guard let bytes = file.bytes(at: mapping.fileOffset + start, count: count),
        bytes == proc.memory(pid, mapping.start + start, Int(count))
      else { return false }
    }
    return true
  }
}

// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import CShims

/// The ring buffer by which the BPF program passes copies of stacks to user space.
struct StackCopyRing: ~Copyable {
  private let ring: OpaquePointer
  private let taken: Taken

  /// What the callback of libbpf adds to.
  private final class Taken {
    var copies: [CopiedStack] = []
  }

  init(_ bpf: borrowing BPFObject) throws(SamplingError) {
    let map = try bpf.map(.copies)
    let taken = Taken()
    // Safe: `taken` lives as long as the ring, which alone calls the function.
    let context = Unmanaged.passUnretained(taken).toOpaque()
    guard let ring = ring_buffer__new(map.descriptor, takeStackCopy, context, nil) else {
      throw .system(.last("ring_buffer__new", MapName.copies.rawValue))
    }
    self.ring = ring
    self.taken = taken
  }

  deinit { ring_buffer__free(ring) }

  /// Readable while there are copies in the ring.
  var descriptor: CInt { ring_buffer__epoll_fd(ring) }

  /// Takes the copies out of the ring.
  mutating func take() -> [CopiedStack] {
    ring_buffer__consume(ring)
    defer { taken.copies.removeAll() }
    return taken.copies
  }

  fileprivate static func add(
    _ record: UnsafeRawBufferPointer, to context: UnsafeMutableRawPointer
  ) {
    guard let copy = CopiedStack(record: record) else { return }
    Unmanaged<Taken>.fromOpaque(context).takeUnretainedValue().copies.append(copy)
  }
}

private func takeStackCopy(
  _ context: UnsafeMutableRawPointer?, _ data: UnsafeMutableRawPointer?, _ size: Int
) -> CInt {
  // Safe: the record is libbpf's until this returns, and is copied.
  if let context {
    StackCopyRing.add(UnsafeRawBufferPointer(start: data, count: size), to: context)
  }
  return 0
}

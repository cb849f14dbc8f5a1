// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A part of an array map, mapped into this process's memory: read and written without a system call.
/// All of it counts as resident memory, so it is as short as possible and unmapped early.
struct MappedArray<Element: BitwiseCopyable>: ~Copyable {
  private let pages: UnsafeMutableRawPointer
  private let pageBytes: Int
  private let memory: UnsafeMutablePointer<Element>
  let count: Int

  /// - Parameter range: the elements, within the map's size, which the kernel checks.
  init(_ map: BPFMap, _ range: Range<Int>) throws(SamplingError) {
    let pageSize = sysconf(CInt(_SC_PAGESIZE))
    let stride = MemoryLayout<Element>.stride
    let firstPage = range.lowerBound * stride / pageSize * pageSize
    pageBytes = max(1, range.upperBound * stride - firstPage)
    count = range.count
    let pages = mmap(
      nil, pageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, map.descriptor, firstPage)
    guard let pages, pages != MAP_FAILED else { throw .system(.last("mmap", "BPF array")) }
    self.pages = pages
    // Safe: the elements of the kernel's array have this layout; the range is mapped.
    memory = (pages + (range.lowerBound * stride - firstPage))
      .bindMemory(to: Element.self, capacity: range.count)
  }

  deinit { munmap(pages, pageBytes) }

  /// A copy of the element, and its replacement as a whole.
  subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count)
      return memory[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count)
      memory[index] = newValue
    }
  }

  /// Calls `body` with the address of an element, to change parts of it while the program may change
  /// others.
  borrowing func withElement<Result>(
    _ index: Int, _ body: (UnsafeMutablePointer<Element>) -> Result
  ) -> Result {
    precondition(index >= 0 && index < count)
    return body(memory + index)
  }

  /// Copies `elements` to the indices from `start` on.
  borrowing func fill(from start: Int, with elements: [Element]) {
    precondition(start >= 0 && elements.count <= count - start)
    elements.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress {
        (memory + start).update(from: base, count: buffer.count)
      }
    }
  }
}

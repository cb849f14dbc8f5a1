// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// A part of an array map of the program, mapped into our memory: read and written without a
/// system call. All of it counts as our resident memory, so it is as short and as brief as can be.
struct MappedArray<Element: BitwiseCopyable>: ~Copyable {
  private let pages: UnsafeMutableRawPointer
  private let pageBytes: Int
  private let memory: UnsafeMutablePointer<Element>
  let count: Int

  /// - Parameters:
  ///   - range: of elements, within the map's capacity, which the kernel checks.
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
    // Safe: the kernel's array has exactly this layout, checked when the map was made.
    memory = (pages + (range.lowerBound * stride - firstPage))
      .bindMemory(to: Element.self, capacity: range.count)
  }

  deinit { munmap(pages, pageBytes) }

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

  /// Copies all elements to the places from `start` on.
  borrowing func fill(from start: Int, with elements: [Element]) {
    precondition(start >= 0 && elements.count <= count - start)
    elements.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress {
        (memory + start).update(from: base, count: buffer.count)
      }
    }
  }
}

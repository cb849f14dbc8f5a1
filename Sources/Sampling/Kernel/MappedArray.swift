// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// An array map of the program, mapped into our memory: read and written without a system call.
struct MappedArray<Element: BitwiseCopyable>: ~Copyable {
  private let memory: UnsafeMutablePointer<Element>
  let count: Int

  init(_ map: BPFMap, count: Int) throws(SamplingError) {
    let size = count * MemoryLayout<Element>.stride
    let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, map.descriptor, 0)
    guard let memory, memory != MAP_FAILED else { throw .system(.last("mmap", "BPF array")) }
    // Safe: the kernel's array has exactly this layout, checked when the map was made.
    self.memory = memory.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  deinit { munmap(memory, count * MemoryLayout<Element>.stride) }

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

  borrowing func replace(from start: Int, with elements: [Element]) {
    precondition(start >= 0 && elements.count <= count - start)
    elements.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress { (memory + start).update(from: base, count: buffer.count) }
    }
  }
}

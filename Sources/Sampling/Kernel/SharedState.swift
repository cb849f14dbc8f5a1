// SPDX-License-Identifier: Apache-2.0

import CShims

/// `struct fb_shared` of the loaded object: which generation of the maps is in use, and how far each is
/// filled.
struct SharedState: ~Copyable {
  private let memory: MappedArray<fb_shared>

  /// - Parameter map: the map of the section that holds it.
  init(_ map: BPFMap) throws(SamplingError) {
    memory = try MappedArray(map, 0..<1)
  }

  /// The generation, 0 or 1, that runs of the program count in.
  var generation: UInt32 { memory.withElement(0) { fb_current_generation($0) } }

  /// Lets runs that start from now on count in the other generation. Runs that have started still use
  /// the old one.
  ///
  /// - Returns: the old generation.
  func advanceGeneration() -> UInt32 { memory.withElement(0) { fb_advance_generation($0) } }

  /// How far the arrays of a generation are filled.
  func window(_ generation: UInt32) -> fb_window {
    memory.withElement(0) { fb_window($0, generation) }
  }

  /// Empties the arrays of a generation that no run uses.
  func reset(_ generation: UInt32) { memory.withElement(0) { fb_reset_window($0, generation) } }
}

// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The innermost functions at a set of addresses, found by claims in the order of a unit's entries: a
/// function claims the addresses in its ranges, an inlined copy those of them that its parent has.
struct InnermostFunctions {
  /// A function, or a copy of a function that was inlined into the parent node.
  struct Node {
    /// What identifies its entry for the reader.
    var entry: Int
    /// Index in `nodes`; -1 for a function that is not inlined.
    var parent: Int32
  }

  /// Only functions that hold one of the addresses.
  private(set) var nodes: [Node] = []
  /// For each address the index in `nodes` of the innermost function; -1 where no function holds it.
  private(set) var innermost: [Int32]
  private let addresses: [UInt64]

  /// - Parameter addresses: ascending.
  init(addresses: [UInt64]) {
    self.addresses = addresses
    innermost = Array(repeating: -1, count: addresses.count)
  }

  /// Assigns the addresses in a range to the function of an entry.
  ///
  /// - Parameters:
  ///   - parent: index in `nodes`; -1 for a function that is not inlined.
  ///   - node: the index in `nodes` of the function; -1 until it has claimed an address.
  ///   - spend: called for each address; returns whether to go on.
  mutating func claim(
    _ start: UInt64, _ end: UInt64, for entry: Int, _ parent: Int32, _ node: inout Int32,
    _ spend: () -> Bool
  ) {
    var index = addresses.partitioningIndex { $0 >= start }
    while index < addresses.count, addresses[index] < end, spend() {
      if parent < 0 || innermost[index] == parent {
        if node < 0 {
          node = Int32(truncatingIfNeeded: nodes.count)
          nodes.append(Node(entry: entry, parent: parent))
        }
        innermost[index] = node
      }
      index += 1
    }
  }

  /// The frames at an address, innermost first.
  ///
  /// - Parameters:
  ///   - position: the index of the address.
  ///   - line: file and line of the address; without a function.
  ///   - call: returns the function of a node, with the file and line of the call in its parent.
  func frames(
    at position: Int, line: SourceFrame, call: (_ node: Int) -> SourceFrame
  ) -> [SourceFrame] {
    var node = innermost[position]
    if node < 0 { return line.file == 0 ? [] : [line] }
    var frame = line
    var frames: [SourceFrame] = []
    while node >= 0 {
      let call = call(Int(node))
      frame.function = call.function
      frames.append(frame)
      frame = call
      node = nodes[Int(node)].parent
    }
    return frames
  }
}

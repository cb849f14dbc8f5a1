// SPDX-License-Identifier: Apache-2.0

import CElfutils

/// One walk over the entries of a unit, which finds the innermost function at each of a set of
/// addresses.
struct UnitWalk {
  /// A function, or a copy of one that was inlined into its parent.
  struct Node {
    var entry: Dwarf_Die
    /// Nil for a function that stands by itself.
    var parent: Int?
  }

  let unit: Dwarf_Die
  private(set) var nodes: [Node] = []
  /// For each address the index of its node, nil where no function holds it.
  private(set) var innermost: [Int?]
  private let addresses: [UInt64]
  /// Functions inside functions are the rule in some languages. Elsewhere a function that holds
  /// none of the addresses is passed over whole at first.
  private var nests: Bool
  private var budget: Int

  /// Deeper nesting than any compiler's is not followed.
  private static let deepest = 256

  /// - Parameter addresses: sorted.
  init(_ unit: Dwarf_Die, addresses: [UInt64]) {
    self.unit = unit
    self.addresses = addresses
    innermost = Array(repeating: nil, count: addresses.count)
    var root = unit
    switch Int(dwarf_srclang(&root)) {
    case DW_LANG_C_plus_plus, DW_LANG_C_plus_plus_03, DW_LANG_C_plus_plus_11,
      DW_LANG_C_plus_plus_14, DW_LANG_Rust:
      nests = false
    default:
      nests = true
    }
    // Far above the largest units there are; a file that runs in circles ends here.
    budget = 64 << 20
    visitChildren(of: unit, parent: nil, depth: 0)
    if !nests, innermost.contains(nil) {
      // A lambda may stand inside a function that was passed over.
      nests = true
      nodes = []
      innermost = Array(repeating: nil, count: addresses.count)
      visitChildren(of: unit, parent: nil, depth: 0)
    }
  }

  private mutating func visitChildren(of entry: Dwarf_Die, parent: Int?, depth: Int) {
    guard depth < Self.deepest else { return }
    var entry = entry
    var child = Dwarf_Die()
    guard dwarf_child(&entry, &child) == 0 else { return }
    repeat {
      budget -= 1
      guard budget > 0 else { return }
      visit(child, parent: parent, depth: depth)
    } while advance(&child)
  }

  private mutating func visit(_ entry: Dwarf_Die, parent: Int?, depth: Int) {
    var entry = entry
    switch Int(dwarf_tag(&entry)) {
    case DW_TAG_subprogram:
      let (node, hasRange) = claim(&entry, parent: nil)
      // Swift nests closures in abstract functions, which have no range themselves.
      if node != nil || nests || !hasRange {
        visitChildren(of: entry, parent: node, depth: depth + 1)
      }
    case DW_TAG_inlined_subroutine:
      guard let parent else { return }
      if let node = claim(&entry, parent: parent).node {
        visitChildren(of: entry, parent: node, depth: depth + 1)
      }
    case DW_TAG_lexical_block, DW_TAG_try_block, DW_TAG_catch_block, DW_TAG_with_stmt:
      visitChildren(of: entry, parent: parent, depth: depth + 1)
    case DW_TAG_namespace, DW_TAG_module:
      visitChildren(of: entry, parent: nil, depth: depth + 1)
    case DW_TAG_structure_type, DW_TAG_class_type, DW_TAG_union_type, DW_TAG_enumeration_type:
      if nests { visitChildren(of: entry, parent: nil, depth: depth + 1) }
    default:
      return
    }
  }

  /// Makes an entry the innermost one of those addresses in its ranges that were its parent's.
  private mutating func claim(
    _ entry: inout Dwarf_Die, parent: Int?
  ) -> (node: Int?, hasRange: Bool) {
    var node: Int?
    var hasRange = false
    let copy = entry
    forEachRange(of: &entry) { start, end in
      hasRange = true
      var index = addresses.partitioningIndex { $0 >= start }
      while index < addresses.count, addresses[index] < end {
        if parent == nil || innermost[index] == parent {
          if node == nil {
            node = nodes.count
            nodes.append(Node(entry: copy, parent: parent))
          }
          innermost[index] = node
        }
        index += 1
      }
    }
    return (node, hasRange)
  }
}

/// The address ranges of an entry, those without length left out.
func forEachRange(of entry: inout Dwarf_Die, _ body: (_ start: UInt64, _ end: UInt64) -> Void) {
  var base: Dwarf_Addr = 0
  var start: Dwarf_Addr = 0
  var end: Dwarf_Addr = 0
  var offset = 0
  var count = 0
  while true {
    offset = dwarf_ranges(&entry, offset, &base, &start, &end)
    count += 1
    guard offset > 0, count < 1 << 20 else { return }
    // A range at 0 is a function that the linker left out.
    if start < end, start != 0 { body(start, end) }
  }
}

/// The direct children of an entry.
func forEachChild(of entry: Dwarf_Die, _ body: (inout Dwarf_Die) -> Void) {
  var entry = entry
  var child = Dwarf_Die()
  guard dwarf_child(&entry, &child) == 0 else { return }
  repeat { body(&child) } while advance(&child)
}

/// Goes on to the next sibling, which must lie further on: a file can make siblings a circle.
private func advance(_ entry: inout Dwarf_Die) -> Bool {
  let offset = dwarf_dieoffset(&entry)
  var next = Dwarf_Die()
  guard dwarf_siblingof(&entry, &next) == 0, dwarf_dieoffset(&next) > offset else { return false }
  entry = next
  return true
}

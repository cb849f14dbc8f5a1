// SPDX-License-Identifier: Apache-2.0

/// A scan over all entries of a unit for the innermost functions at a set of addresses.
///
/// The entries are a flat list in which a 0 ends the children of an entry. So the scan needs no
/// recursion, and finds functions wherever compilers put them: in namespaces, in other functions, or,
/// as Swift's closures, in functions without a range.
struct UnitScan {
  /// `Node.entry` is the offset of the entry in `.debug_info`.
  private(set) var found: InnermostFunctions
  private let followsInlines: Bool
  private let file: DwarfFile
  private let unit: DwarfUnit

  /// - Parameter addresses: ascending.
  init(_ unit: DwarfUnit, of file: DwarfFile, addresses: [UInt64], followsInlines: Bool) {
    self.unit = unit
    self.file = file
    self.followsInlines = followsInlines
    found = InnermostFunctions(addresses: addresses)
    let table = file.abbreviations(of: unit)
    // Hot, since a large unit has millions of entries: hence unsafe buffers. Safe: none of them is used
    // outside of these closures.
    table.kinds.withUnsafeBufferPointer { kinds in
      table.attributes.withUnsafeBufferPointer { attributes in
        table.steps.withUnsafeBufferPointer { steps in
          scan(kinds, attributes, steps)
        }
      }
    }
  }

  private mutating func scan(
    _ kinds: UnsafeBufferPointer<Abbreviations.Kind>,
    _ attributes: UnsafeBufferPointer<Abbreviations.Attribute>,
    _ steps: UnsafeBufferPointer<Int32>
  ) {
    var cursor = DwarfCursor(
      file.sections.information.buffer, from: unit.firstEntry, to: unit.end)
    let encoding = unit.encoding
    // The node of the function that encloses the entry; -1 where it holds none of the addresses.
    var function: Int32 = -1
    // The same for the enclosing entries.
    var outer: [Int32] = []
    while !cursor.isAtEnd {
      let entry = cursor.position
      let code = cursor.uleb()
      if code == 0 {
        guard let last = outer.popLast() else { return }
        function = last
        continue
      }
      guard code < UInt64(kinds.count) else { return }
      let kind = kinds[Int(code)]
      guard kind.isDeclared else { return }
      var inner = function
      if kind.tag == DwarfTag.subprogram
        || (kind.tag == DwarfTag.inlinedSubroutine && function >= 0 && followsInlines)
      {
        let parent = kind.tag == DwarfTag.subprogram ? -1 : function
        inner = claim(
          entry, parent: parent, &cursor,
          attributes[Int(kind.firstAttribute)..<Int(kind.firstAttribute + kind.attributeCount)])
      } else {
        for step in steps[Int(kind.firstStep)..<Int(kind.firstStep + kind.stepCount)] {
          if step >= 0 {
            cursor.skip(Int(step))
          } else {
            cursor.skipValue(of: UInt16(-step), encoding)
          }
        }
      }
      if kind.hasChildren {
        outer.append(function)
        function = inner
      }
    }
  }

  /// Reads the entry of a function, and assigns those addresses in its ranges to it that were assigned
  /// to its parent.
  ///
  /// - Returns: its index in `found.nodes`; -1 where no address was assigned to it.
  private mutating func claim(
    _ entry: Int, parent: Int32, _ cursor: inout DwarfCursor,
    _ attributes: Slice<UnsafeBufferPointer<Abbreviations.Attribute>>
  ) -> Int32 {
    var low: DwarfValue?
    var high: DwarfValue?
    var ranges: DwarfValue?
    for attribute in attributes {
      let number = cursor.value(of: attribute, unit.encoding)
      switch attribute.name {
      case DwarfAttribute.lowPC: low = DwarfValue(form: attribute.form, number: number)
      case DwarfAttribute.highPC: high = DwarfValue(form: attribute.form, number: number)
      case DwarfAttribute.ranges: ranges = DwarfValue(form: attribute.form, number: number)
      default: break
      }
    }
    let file = file
    var node: Int32 = -1
    if let ranges {
      file.forEachRange(ranges, in: unit) { start, end in
        found.claim(start, end, for: entry, parent, &node) { file.spend(1) }
      }
    } else if let (start, end) = file.bounds(low: low, high: high, in: unit) {
      found.claim(start, end, for: entry, parent, &node) { file.spend(1) }
    }
    return node
  }
}

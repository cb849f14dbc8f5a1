// SPDX-License-Identifier: Apache-2.0

/// How large the numbers of a unit are.
struct DwarfEncoding: Hashable {
  var version: UInt16
  /// 4, or 8 in 64-bit DWARF.
  var offsetSize: Int
  /// 4 or 8.
  var addressSize: Int

  /// Bytes that a value of a form takes; nil where that stands in the value itself.
  func fixedSize(of form: UInt16) -> Int? {
    switch form {
    case DwarfForm.flagPresent, DwarfForm.implicitConstant: 0
    case DwarfForm.data1, DwarfForm.flag, DwarfForm.reference1, DwarfForm.stringIndex1,
      DwarfForm.addressIndex1:
      1
    case DwarfForm.data2, DwarfForm.reference2, DwarfForm.stringIndex2, DwarfForm.addressIndex2: 2
    case DwarfForm.stringIndex3, DwarfForm.addressIndex3: 3
    case DwarfForm.data4, DwarfForm.reference4, DwarfForm.supplementReference4,
      DwarfForm.stringIndex4, DwarfForm.addressIndex4:
      4
    case DwarfForm.data8, DwarfForm.reference8, DwarfForm.signatureReference,
      DwarfForm.supplementReference8:
      8
    case DwarfForm.data16: 16
    case DwarfForm.address: addressSize
    case DwarfForm.sectionReference: version <= 2 ? addressSize : offsetSize
    case DwarfForm.stringOffset, DwarfForm.lineStringOffset, DwarfForm.sectionOffset,
      DwarfForm.supplementString, DwarfForm.gnuSupplementReference,
      DwarfForm.gnuSupplementString:
      offsetSize
    default: nil
    }
  }
}

/// The kinds of entries that a table of `.debug_abbrev` declares, made ready for reading entries.
///
/// For entries that nobody asks about, each kind has a list of steps that pass over one: bytes of
/// neighbouring attributes of known size are one step. Format: DWARF 5, section 7.5.3.
struct Abbreviations {
  struct Attribute {
    var name: UInt16
    var form: UInt16
    /// The value of `DW_FORM_implicit_const`.
    var constant: Int64
  }

  struct Kind {
    var tag: UInt16 = 0
    var hasChildren = false
    /// Whether the table declares it.
    var isDeclared = false
    /// Ranges in `attributes` and `steps`.
    var firstAttribute: Int32 = 0
    var attributeCount: Int32 = 0
    var firstStep: Int32 = 0
    var stepCount: Int32 = 0
  }

  /// By code: compilers count from 1.
  private(set) var kinds: [Kind] = [Kind()]
  private(set) var attributes: [Attribute] = []
  /// Bytes to skip, or a form, negated, whose size stands in its value.
  private(set) var steps: [Int32] = []

  /// Codes above this are no compiler's.
  private static let highestCode: UInt64 = 1 << 20

  /// - Parameter wanted: the only code that is read, as that of the unit's own entry; nil for all.
  init(
    _ section: UnsafeRawBufferPointer, at offset: Int, encoding: DwarfEncoding,
    only wanted: UInt64? = nil
  ) {
    var cursor = DwarfCursor(section, from: offset)
    while !cursor.isAtEnd {
      let code = cursor.uleb()
      guard code != 0, code < Self.highestCode else { return }
      var kind = Kind()
      kind.tag = UInt16(truncatingIfNeeded: cursor.uleb())
      kind.hasChildren = cursor.byte() != 0
      kind.isDeclared = true
      kind.firstAttribute = Int32(truncatingIfNeeded: attributes.count)
      kind.firstStep = Int32(truncatingIfNeeded: steps.count)
      readAttributes(&cursor, encoding)
      kind.attributeCount = Int32(truncatingIfNeeded: attributes.count) - kind.firstAttribute
      kind.stepCount = Int32(truncatingIfNeeded: steps.count) - kind.firstStep
      if wanted != nil, code != wanted { continue }
      while kinds.count <= Int(code) { kinds.append(Kind()) }
      kinds[Int(code)] = kind
      if wanted != nil { return }
    }
  }

  func attributes(of kind: Kind) -> ArraySlice<Attribute> {
    let first = Int(kind.firstAttribute)
    return attributes[first..<first + Int(kind.attributeCount)]
  }

  private mutating func readAttributes(_ cursor: inout DwarfCursor, _ encoding: DwarfEncoding) {
    var bytes: Int32 = 0
    while !cursor.isAtEnd {
      let name = UInt16(truncatingIfNeeded: cursor.uleb())
      let form = UInt16(truncatingIfNeeded: cursor.uleb())
      let constant = form == DwarfForm.implicitConstant ? cursor.sleb() : 0
      if name == 0, form == 0 { break }
      attributes.append(Attribute(name: name, form: form, constant: constant))
      if let size = encoding.fixedSize(of: form) {
        bytes &+= Int32(size)
      } else {
        if bytes > 0 { steps.append(bytes) }
        bytes = 0
        steps.append(-Int32(form))
      }
    }
    if bytes > 0 { steps.append(bytes) }
  }
}

extension DwarfCursor {
  /// Passes over a value whose size stands in itself.
  mutating func skipValue(of form: UInt16, _ encoding: DwarfEncoding) {
    switch form {
    case DwarfForm.udata, DwarfForm.sdata, DwarfForm.udataReference, DwarfForm.stringIndex,
      DwarfForm.addressIndex, DwarfForm.locationListIndex, DwarfForm.rangeListIndex,
      DwarfForm.gnuAddressIndex, DwarfForm.gnuStringIndex:
      skipLEB()
    case DwarfForm.expression, DwarfForm.block: skip(uleb())
    case DwarfForm.block1: skip(Int(byte()))
    case DwarfForm.block2: skip(Int(load(UInt16.self)))
    case DwarfForm.block4: skip(Int(load(UInt32.self)))
    case DwarfForm.string: _ = text()
    case DwarfForm.indirect:
      let actual = UInt16(truncatingIfNeeded: uleb())
      if let size = encoding.fixedSize(of: actual) {
        skip(size)
      } else if actual != DwarfForm.indirect {
        skipValue(of: actual, encoding)
      } else {
        stop()
      }
    // Of a form that we do not know, nobody can tell the size.
    default: stop()
    }
  }

  /// A value that fits in a number: a constant, an offset, an index, an address. For a text in
  /// place its position; for blocks 0.
  @inline(__always)
  mutating func value(of attribute: Abbreviations.Attribute, _ encoding: DwarfEncoding) -> UInt64 {
    switch attribute.form {
    case DwarfForm.implicitConstant: return UInt64(bitPattern: attribute.constant)
    case DwarfForm.flagPresent: return 1
    case DwarfForm.sdata: return UInt64(bitPattern: sleb())
    case DwarfForm.udata, DwarfForm.udataReference, DwarfForm.stringIndex,
      DwarfForm.addressIndex, DwarfForm.rangeListIndex, DwarfForm.locationListIndex,
      DwarfForm.gnuAddressIndex, DwarfForm.gnuStringIndex:
      return uleb()
    case DwarfForm.string:
      let start = position
      _ = text()
      return UInt64(start)
    default:
      if let size = encoding.fixedSize(of: attribute.form) {
        guard size <= 8 else {
          skip(size)
          return 0
        }
        return number(ofSize: size)
      }
      skipValue(of: attribute.form, encoding)
      return 0
    }
  }
}

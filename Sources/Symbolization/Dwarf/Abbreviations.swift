// SPDX-License-Identifier: Apache-2.0

/// The sizes of addresses and offsets in a unit.
struct DwarfEncoding: Hashable {
  /// DWARF version, 2 to 5.
  var version: UInt16
  /// In bytes: 4, or 8 in 64-bit DWARF.
  var offsetSize: Int
  /// In bytes: 4 or 8.
  var addressSize: Int

  /// The number of bytes of a value; nil where it depends on the value.
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

/// A table of `.debug_abbrev`: the kinds of entries that a unit has.
///
/// Most entries are skipped. For that, each kind has a list of steps; neighbouring attributes of known
/// size are one step. Format: DWARF 5, section 7.5.3.
struct Abbreviations {
  /// An attribute of a kind of entry.
  struct Attribute {
    /// As in `DwarfAttribute`.
    var name: UInt16
    /// As in `DwarfForm`.
    var form: UInt16
    /// The value, if the form is `DW_FORM_implicit_const`.
    var constant: Int64
  }

  /// A kind of entry.
  struct Kind {
    /// As in `DwarfTag`.
    var tag: UInt16 = 0
    var hasChildren = false
    /// False for a code that the table does not declare.
    var isDeclared = false
    /// Ranges in `attributes` and `steps`.
    var firstAttribute: Int32 = 0
    var attributeCount: Int32 = 0
    var firstStep: Int32 = 0
    var stepCount: Int32 = 0
  }

  /// By code. Compilers count from 1, without gaps.
  private(set) var kinds: [Kind] = [Kind()]
  private(set) var attributes: [Attribute] = []
  /// A number of bytes to skip, or, negated, the form of a value whose size depends on the value.
  private(set) var steps: [Int32] = []
  /// Whether the table has a form or a code that is not read.
  private(set) var hasUnknown = false

  /// Compilers do not use codes above this.
  private static let highestCode: UInt64 = 1 << 20

  /// - Parameter onlyCode: the only code to read, such as that of a unit's first entry; nil for all.
  init(
    _ section: UnsafeRawBufferPointer, at offset: Int, encoding: DwarfEncoding,
    only onlyCode: UInt64? = nil
  ) {
    var cursor = DwarfCursor(section, from: offset)
    while !cursor.isAtEnd {
      let code = cursor.uleb()
      guard code != 0, code < Self.highestCode else {
        hasUnknown = code != 0
        return
      }
      var kind = Kind()
      kind.tag = UInt16(truncatingIfNeeded: cursor.uleb())
      kind.hasChildren = cursor.byte() != 0
      kind.isDeclared = true
      kind.firstAttribute = Int32(truncatingIfNeeded: attributes.count)
      kind.firstStep = Int32(truncatingIfNeeded: steps.count)
      readAttributes(&cursor, encoding)
      kind.attributeCount = Int32(truncatingIfNeeded: attributes.count) - kind.firstAttribute
      kind.stepCount = Int32(truncatingIfNeeded: steps.count) - kind.firstStep
      if onlyCode != nil, code != onlyCode { continue }
      while kinds.count <= Int(code) { kinds.append(Kind()) }
      kinds[Int(code)] = kind
      if onlyCode != nil { return }
    }
  }

  /// The attributes of a kind, in the order of their values in an entry.
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
        if !DwarfForm.ofVariableSize.contains(form) { hasUnknown = true }
      }
    }
    if bytes > 0 { steps.append(bytes) }
  }
}

extension DwarfCursor {
  /// Skips a value whose size depends on the value.
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
    // The size of an unknown form is unknown.
    default: stop()
    }
  }

  /// Reads a value that fits in an integer: a constant, an offset, an index, an address. For a text
  /// that is stored in the entry, its offset in the section; for blocks 0.
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

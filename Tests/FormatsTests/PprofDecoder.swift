// SPDX-License-Identifier: Apache-2.0

/// A reader of the wire format and of `profile.proto`, independent of the writer, for tests only: it
/// traps on what is not well formed.
struct PprofFile {
  struct ValueType { var type = "", unit = "" }
  struct Label { var key = "", text = "", number: UInt64 = 0 }
  struct Sample { var locations: [UInt64] = [], values: [UInt64] = [], labels: [Label] = [] }
  struct Mapping {
    var id: UInt64 = 0, start: UInt64 = 0, limit: UInt64 = 0, offset: UInt64 = 0
    var file = "", buildID = ""
    var hasFunctions = false, hasFilenames = false, hasLineNumbers = false, hasInlineFrames = false
  }
  struct Line { var function: UInt64 = 0, line: UInt64 = 0 }
  struct Location {
    var id: UInt64 = 0, mapping: UInt64 = 0, address: UInt64 = 0, lines: [Line] = []
  }
  struct Function {
    var id: UInt64 = 0, name = "", systemName = "", file = "", startLine: UInt64 = 0
  }

  var sampleTypes: [ValueType] = []
  var samples: [Sample] = []
  var mappings: [Mapping] = []
  var locations: [Location] = []
  var functions: [Function] = []
  var strings: [String] = []
  var timeNanos: UInt64 = 0
  var durationNanos: UInt64 = 0
  var periodType = ValueType()
  var period: UInt64 = 0
  var comments: [String] = []
  var defaultSampleType: UInt64 = 0

  init(_ bytes: [UInt8]) {
    let fields = WireField.all(in: bytes[...])
    for field in fields where field.number == 6 {
      // A wrong byte must fail the test, instead of being replaced.
      guard let text = String(validating: field.bytes, as: UTF8.self) else {
        fatalError("invalid UTF-8")
      }
      strings.append(text)
    }
    for field in fields {
      switch field.number {
      case 1: sampleTypes.append(valueType(field))
      case 2: samples.append(sample(field))
      case 3: mappings.append(mapping(field))
      case 4: locations.append(location(field))
      case 5: functions.append(function(field))
      case 6: break
      case 9: timeNanos = field.value
      case 10: durationNanos = field.value
      case 11: periodType = valueType(field)
      case 12: period = field.value
      case 13: comments = field.packed.map { strings[Int($0)] }
      case 14: defaultSampleType = field.value
      default: fatalError("field \(field.number)")
      }
    }
  }

  /// Names from the leaf to the root, inlined frames included.
  func names(of sample: Sample) -> [String] {
    sample.locations.flatMap { id in
      locations[Int(id) - 1].lines.map { functions[Int($0.function) - 1].name }
    }
  }

  private func text(_ field: WireField) -> String { strings[Int(field.value)] }

  private func valueType(_ message: WireField) -> ValueType {
    var result = ValueType()
    for field in message.fields {
      if field.number == 1 { result.type = text(field) } else { result.unit = text(field) }
    }
    return result
  }

  private func sample(_ message: WireField) -> Sample {
    var result = Sample()
    for field in message.fields {
      switch field.number {
      case 1: result.locations = field.packed
      case 2: result.values = field.packed
      default:
        var label = Label()
        for part in field.fields {
          switch part.number {
          case 1: label.key = text(part)
          case 2: label.text = text(part)
          default: label.number = part.value
          }
        }
        result.labels.append(label)
      }
    }
    return result
  }

  private func mapping(_ message: WireField) -> Mapping {
    var result = Mapping()
    for field in message.fields {
      switch field.number {
      case 1: result.id = field.value
      case 2: result.start = field.value
      case 3: result.limit = field.value
      case 4: result.offset = field.value
      case 5: result.file = text(field)
      case 6: result.buildID = text(field)
      case 7: result.hasFunctions = field.value != 0
      case 8: result.hasFilenames = field.value != 0
      case 9: result.hasLineNumbers = field.value != 0
      default: result.hasInlineFrames = field.value != 0
      }
    }
    return result
  }

  private func location(_ message: WireField) -> Location {
    var result = Location()
    for field in message.fields {
      switch field.number {
      case 1: result.id = field.value
      case 2: result.mapping = field.value
      case 3: result.address = field.value
      default:
        var line = Line()
        for part in field.fields {
          if part.number == 1 { line.function = part.value } else { line.line = part.value }
        }
        result.lines.append(line)
      }
    }
    return result
  }

  private func function(_ message: WireField) -> Function {
    var result = Function()
    for field in message.fields {
      switch field.number {
      case 1: result.id = field.value
      case 2: result.name = text(field)
      case 3: result.systemName = text(field)
      case 4: result.file = text(field)
      default: result.startLine = field.value
      }
    }
    return result
  }
}

/// A field as it lies in the file: a number, or bytes with a length.
struct WireField {
  var number: UInt64
  var value: UInt64 = 0
  var bytes: ArraySlice<UInt8> = []

  var fields: [WireField] { Self.all(in: bytes) }

  var packed: [UInt64] {
    var rest = bytes
    var values: [UInt64] = []
    while !rest.isEmpty { values.append(Self.varint(&rest)) }
    return values
  }

  static func all(in bytes: ArraySlice<UInt8>) -> [WireField] {
    var rest = bytes
    var fields: [WireField] = []
    while !rest.isEmpty {
      let tag = varint(&rest)
      switch tag & 7 {
      case 0: fields.append(WireField(number: tag >> 3, value: varint(&rest)))
      case 2:
        let length = Int(varint(&rest))
        precondition(length <= rest.count)
        fields.append(WireField(number: tag >> 3, bytes: rest.prefix(length)))
        rest = rest.dropFirst(length)
      default: fatalError("wire type \(tag & 7)")
      }
    }
    return fields
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.popFirst() {
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    fatalError("cut varint")
  }
}

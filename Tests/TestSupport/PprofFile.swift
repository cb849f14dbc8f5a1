// SPDX-License-Identifier: Apache-2.0

/// An unpacked pprof file, by a reader of the tests: the product's own could share a mistake with the
/// writer.
///
/// The format is that of https://github.com/google/pprof/blob/main/proto/profile.proto.
package struct PprofFile: Sendable {
  package struct ValueType: Sendable {
    package var type = ""
    package var unit = ""
  }

  package struct Label: Sendable {
    package var key = ""
    package var text = ""
    package var number: UInt64 = 0
  }

  package struct Sample: Sendable {
    /// Ids, leaf first.
    package var locations: [UInt64] = []
    /// One for each sample type.
    package var values: [UInt64] = []
    package var labels: [Label] = []
  }

  package struct Mapping: Sendable {
    package var id: UInt64 = 0
    package var start: UInt64 = 0
    package var limit: UInt64 = 0
    package var offset: UInt64 = 0
    package var file = ""
    package var buildID = ""
    package var hasFunctions = false
    package var hasFilenames = false
    package var hasLineNumbers = false
    package var hasInlineFrames = false
  }

  package struct Line: Sendable {
    /// A function's id.
    package var function: UInt64 = 0
    package var line: UInt64 = 0
  }

  package struct Location: Sendable {
    package var id: UInt64 = 0
    package var mapping: UInt64 = 0
    package var address: UInt64 = 0
    /// Innermost first: several where functions were inlined.
    package var lines: [Line] = []
  }

  package struct Function: Sendable {
    package var id: UInt64 = 0
    package var name = ""
    package var systemName = ""
    package var file = ""
    package var startLine: UInt64 = 0
  }

  package private(set) var sampleTypes: [ValueType] = []
  package private(set) var samples: [Sample] = []
  package private(set) var mappings: [Mapping] = []
  package private(set) var locations: [Location] = []
  package private(set) var functions: [Function] = []
  package private(set) var strings: [String] = []
  package private(set) var timeNanos: UInt64 = 0
  package private(set) var durationNanos: UInt64 = 0
  package private(set) var periodType = ValueType()
  package private(set) var period: UInt64 = 0
  package private(set) var comments: [String] = []
  /// The index of a string.
  package private(set) var defaultSampleType: UInt64 = 0

  /// - Throws: `Malformed`.
  package init(_ bytes: [UInt8]) throws {
    let fields = try WireField.all(in: bytes[...])
    for field in fields where field.number == 6 {
      // Not replaced: a wrong byte must fail the test.
      guard let text = String(validating: field.bytes, as: UTF8.self) else {
        throw Malformed("string \(strings.count) is not UTF-8")
      }
      strings.append(text)
    }
    for field in fields {
      switch field.number {
      case 1: sampleTypes.append(try valueType(field))
      case 2: samples.append(try sample(field))
      case 3: mappings.append(try mapping(field))
      case 4: locations.append(try location(field))
      case 5: functions.append(try function(field))
      case 6: break
      case 9: timeNanos = field.value
      case 10: durationNanos = field.value
      case 11: periodType = try valueType(field)
      case 12: period = field.value
      case 13: comments = try field.packed.map(string)
      case 14: defaultSampleType = field.value
      default: throw Malformed("field \(field.number)")
      }
    }
  }

  /// Names from the leaf to the root, inlined frames included. Ids are those of a file of ours: the
  /// positions of locations and functions, from 1 on.
  package func names(of sample: Sample) -> [String] {
    sample.locations.flatMap { id in
      locations[Int(id) - 1].lines.map { functions[Int($0.function) - 1].name }
    }
  }

  private func string(_ index: UInt64) throws -> String {
    guard index < strings.count else { throw Malformed("string \(index) of \(strings.count)") }
    return strings[Int(index)]
  }

  private func text(_ field: WireField) throws -> String { try string(field.value) }

  private func valueType(_ message: WireField) throws -> ValueType {
    var result = ValueType()
    for field in try message.fields {
      switch field.number {
      case 1: result.type = try text(field)
      default: result.unit = try text(field)
      }
    }
    return result
  }

  private func sample(_ message: WireField) throws -> Sample {
    var result = Sample()
    for field in try message.fields {
      switch field.number {
      case 1: result.locations += try field.packed
      case 2: result.values += try field.packed
      default: result.labels.append(try label(field))
      }
    }
    return result
  }

  private func label(_ message: WireField) throws -> Label {
    var result = Label()
    for field in try message.fields {
      switch field.number {
      case 1: result.key = try text(field)
      case 2: result.text = try text(field)
      default: result.number = field.value
      }
    }
    return result
  }

  private func mapping(_ message: WireField) throws -> Mapping {
    var result = Mapping()
    for field in try message.fields {
      switch field.number {
      case 1: result.id = field.value
      case 2: result.start = field.value
      case 3: result.limit = field.value
      case 4: result.offset = field.value
      case 5: result.file = try text(field)
      case 6: result.buildID = try text(field)
      case 7: result.hasFunctions = field.value != 0
      case 8: result.hasFilenames = field.value != 0
      case 9: result.hasLineNumbers = field.value != 0
      default: result.hasInlineFrames = field.value != 0
      }
    }
    return result
  }

  private func location(_ message: WireField) throws -> Location {
    var result = Location()
    for field in try message.fields {
      switch field.number {
      case 1: result.id = field.value
      case 2: result.mapping = field.value
      case 3: result.address = field.value
      default:
        var line = Line()
        for part in try field.fields {
          if part.number == 1 { line.function = part.value } else { line.line = part.value }
        }
        result.lines.append(line)
      }
    }
    return result
  }

  private func function(_ message: WireField) throws -> Function {
    var result = Function()
    for field in try message.fields {
      switch field.number {
      case 1: result.id = field.value
      case 2: result.name = try text(field)
      case 3: result.systemName = try text(field)
      case 4: result.file = try text(field)
      default: result.startLine = field.value
      }
    }
    return result
  }
}

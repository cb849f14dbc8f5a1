// SPDX-License-Identifier: Apache-2.0

/// An unpacked pprof file, by a reader of the tests: the product's own could share a mistake with the
/// writer.
///
/// The format is that of https://github.com/google/pprof/blob/main/proto/profile.proto.
public struct PprofFile: Sendable {
  public struct ValueType: Sendable {
    public var type = ""
    public var unit = ""
  }

  public struct Label: Sendable {
    public var key = ""
    public var text = ""
    public var number: UInt64 = 0
  }

  public struct Sample: Sendable {
    /// Ids, leaf first.
    public var locations: [UInt64] = []
    /// One for each sample type.
    public var values: [UInt64] = []
    public var labels: [Label] = []
  }

  public struct Mapping: Sendable {
    public var id: UInt64 = 0
    public var start: UInt64 = 0
    public var limit: UInt64 = 0
    public var offset: UInt64 = 0
    public var file = ""
    public var buildID = ""
    public var hasFunctions = false
    public var hasFilenames = false
    public var hasLineNumbers = false
    public var hasInlineFrames = false
  }

  public struct Line: Sendable {
    /// A function's id.
    public var function: UInt64 = 0
    public var line: UInt64 = 0
  }

  public struct Location: Sendable {
    public var id: UInt64 = 0
    public var mapping: UInt64 = 0
    public var address: UInt64 = 0
    /// Innermost first: several where functions were inlined.
    public var lines: [Line] = []
  }

  public struct Function: Sendable {
    public var id: UInt64 = 0
    public var name = ""
    public var systemName = ""
    public var file = ""
    public var startLine: UInt64 = 0
  }

  public private(set) var sampleTypes: [ValueType] = []
  public private(set) var samples: [Sample] = []
  public private(set) var mappings: [Mapping] = []
  public private(set) var locations: [Location] = []
  public private(set) var functions: [Function] = []
  public private(set) var strings: [String] = []
  public private(set) var timeNanos: UInt64 = 0
  public private(set) var durationNanos: UInt64 = 0
  public private(set) var periodType = ValueType()
  public private(set) var period: UInt64 = 0
  public private(set) var comments: [String] = []
  /// The index of a string.
  public private(set) var defaultSampleType: UInt64 = 0

  /// - Throws: `Malformed`.
  public init(_ bytes: [UInt8]) throws {
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
  public func names(of sample: Sample) -> [String] {
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

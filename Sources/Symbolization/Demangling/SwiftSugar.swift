// SPDX-License-Identifier: Apache-2.0

/// Rewrites types as in Swift's source: `[Int]?` for `Swift.Optional<Swift.Array<Swift.Int>>`.
///
/// `swift-demangle` and backtraces do so, but the demangler in Swift's runtime does not.
struct SwiftSugar {
  private let text: [UInt8]
  private var output: [UInt8] = []

  /// Types that are nested deeper stay as they are.
  private static let deepest = 64

  /// The text of the runtime's demangler with all types rewritten.
  static func applied(to text: String) -> String {
    guard text.utf8.count < Demangler.longestOutput, text.utf8.contains("<") else { return text }
    var sugar = SwiftSugar(text: Array(text.utf8))
    sugar.write(sugar.text.indices, depth: 0)
    return String(decoding: sugar.output, as: UTF8.self)
  }

  private init(text: [UInt8]) {
    self.text = text
  }

  /// Copies a range of the text to the output, with its types rewritten.
  private mutating func write(_ range: Range<Int>, depth: Int) {
    var index = range.lowerBound
    while index < range.upperBound {
      if text[index] == "S", depth < Self.deepest,
        index == 0 || !(text[index - 1].isIdentifier || text[index - 1] == "."),
        let end = writeType(at: index, in: range, depth)
      {
        index = end
      } else {
        output.append(text[index])
        index += 1
      }
    }
  }

  /// Writes a type that has a shorter form, and returns its end. Nil where there is no such type.
  private mutating func writeType(at start: Int, in range: Range<Int>, _ depth: Int) -> Int? {
    for (name, count) in [("Swift.Optional<", 1), ("Swift.Array<", 1), ("Swift.Dictionary<", 2)] {
      let first = start + name.utf8.count
      guard first < range.upperBound, text[start..<first].elementsEqual(name.utf8),
        let arguments = arguments(from: first, to: range.upperBound), arguments.count == count,
        let last = arguments.last,
        !arguments.contains(where: isCondition)
      else { continue }
      let isOptional = name == "Swift.Optional<"
      let isWrapped = isOptional && !isSimple(arguments[0])
      if !isOptional { output.append("[") }
      if isWrapped { output.append("(") }
      write(arguments[0], depth: depth + 1)
      if count == 2 {
        output.append(contentsOf: " : ".utf8)
        write(last, depth: depth + 1)
      }
      if isWrapped { output.append(")") }
      output.append(isOptional ? "?" : "]")
      return last.upperBound + 1
    }
    return nil
  }

  /// The arguments of a generic type, up to the `>` that closes the list; nil where that is missing.
  private func arguments(from start: Int, to end: Int) -> [Range<Int>]? {
    var parts: [Range<Int>] = []
    var (depth, first) = (0, start)
    for index in start..<end {
      switch text[index] {
      case "<", "(", "[": depth += 1
      case ")", "]": depth -= 1
      case ">" where text[index - 1] == "-": break
      case ">" where depth == 0: return parts + [first..<index]
      case ">": depth -= 1
      case "," where depth == 0:
        parts.append(first..<index)
        // After the comma comes a space.
        first = min(index + 2, end)
      default: break
      }
    }
    return nil
  }

  /// Whether an argument is the generic parameter of a constrained extension: `A where A: Swift.Hashable`.
  private func isCondition(_ range: Range<Int>) -> Bool {
    outerSpaces(of: range).contains { text[$0...].starts(with: " where ".utf8) }
  }

  /// Indices of the spaces that are not inside brackets.
  private func outerSpaces(of range: Range<Int>) -> [Int] {
    var depth = 0
    return range.filter { index in
      switch text[index] {
      case "<", "(", "[": depth += 1
      case ">" where index > range.lowerBound && text[index - 1] == "-": break
      case ">", ")", "]": depth -= 1
      default: break
      }
      return depth == 0 && text[index] == " "
    }
  }

  /// Whether `?` after a type applies to the whole type: not for functions and compositions, which need
  /// parentheses.
  private func isSimple(_ range: Range<Int>) -> Bool {
    // A type that is local to a function has ` #` and an index after its name.
    outerSpaces(of: range).first.map { text[$0...].starts(with: " #".utf8) } ?? true
  }
}

// SPDX-License-Identifier: Apache-2.0

/// The end of a line of folded stacks.
enum FoldedLine {
  /// The last number of a line, and where the blank in front of it is.
  static func count(_ bytes: [UInt8], _ range: Range<Int>) -> (UInt64, Int)? {
    var end = range.upperBound
    while end > range.lowerBound && bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
    var start = end
    while start > range.lowerBound && isOfNumber(bytes[start - 1]) { start -= 1 }
    guard start < end, start > range.lowerBound, bytes[start - 1] == UInt8(ascii: " "),
      let count = number(bytes[start..<end])
    else { return nil }
    return (count, start - 1)
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// `12`, `12.5` and `12.`; a fraction is rounded. Larger than all counts is held at the largest.
  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var isFraction = false
    var fractionDigits = 0
    for byte in digits {
      if byte == UInt8(ascii: ".") {
        if isFraction { return nil }
        isFraction = true
      } else if !isFraction {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        value = overflow || product > .max - 9 ? .max - 9 : product + UInt64(byte - 48)
      } else {
        fractionDigits += 1
        if fractionDigits == 1 && byte >= UInt8(ascii: "5") { value += 1 }
      }
    }
    return digits.first == UInt8(ascii: ".") && fractionDigits == 0 ? nil : value
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Code whose function has no known name, as the text of its frame identifies it: by its own address
/// in the module, or by the address at which the function begins.
///
/// The two have different forms, so that no function is confused with a single address in it:
/// `libfoo.so.1+0x1234` is an address, `libfoo.so.1+0x1200()` a function. All frames in one function
/// have the same text.
package enum UnnamedCode: Hashable, Sendable {
  /// An address in a module, as linked; the function that holds it is not known at all.
  case address(UInt64)
  /// A function of which only the address is known at which it begins, as linked.
  case function(start: UInt64)

  /// Returns the text of a frame in this code.
  ///
  /// - Parameter module: The name of the module, without its folder.
  package func name(in module: String) -> String {
    switch self {
    case .address(let address): "\(module)+0x\(String(address, radix: 16))"
    case .function(let start): "\(module)+0x\(String(start, radix: 16))()"
    }
  }

  /// Recognizes the text of a frame: `module+0x1f` or `module+0x1f()`, with a module that is not
  /// empty, and nothing behind it.
  ///
  /// - Returns: Nil for any other text.
  package init?(name: String) {
    var text = name.utf8[...]
    let isFunction = text.last == UInt8(ascii: ")")
    if isFunction {
      guard text.suffix(2).elementsEqual("()".utf8) else { return nil }
      text = text.dropLast(2)
    }
    let digits = text.suffix(while: { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
      default: false
      }
    })
    let head = text.dropLast(digits.count)
    guard !digits.isEmpty, head.count > 3, head.suffix(3).elementsEqual("+0x".utf8) else {
      return nil
    }
    // More digits than an address has are still no name.
    let address = UInt64(Substring(digits), radix: 16) ?? .max
    self = isFunction ? .function(start: address) : .address(address)
  }
}

extension BidirectionalCollection {
  /// The longest end of the collection whose elements all satisfy a predicate.
  fileprivate func suffix(while isPart: (Element) -> Bool) -> SubSequence {
    var start = endIndex
    while start > startIndex, isPart(self[index(before: start)]) { start = index(before: start) }
    return self[start...]
  }
}

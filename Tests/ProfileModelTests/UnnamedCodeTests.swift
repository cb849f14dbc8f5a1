// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ProfileModel

@Suite struct UnnamedCodeTests {
  @Test func textsAreReadBack() {
    for code in [UnnamedCode.address(0x8a1f30), .function(start: 0x8a1f30), .address(0)] {
      #expect(UnnamedCode(name: code.name(in: "cc1plus")) == code)
      #expect(Frame.Naming(ofText: code.name(in: "lib c++.so.6")) == .moduleOnly)
    }
    #expect(UnnamedCode.address(0x1234).name(in: "libfoo.so.1") == "libfoo.so.1+0x1234")
    #expect(UnnamedCode.function(start: 0x12).name(in: "libfoo.so.1") == "libfoo.so.1+0x12()")
  }

  @Test(arguments: [
    "main", "f()", "operator+()", "+0x12", "+0x12()", "a+0x()", "a+0x", "a+0x12(int)", "a+0x1G()",
    "a+0x12())", "(a+0x12)", "a+0x12 ", "", "()", ")",
  ])
  func otherTextsAreNames(text: String) {
    #expect(UnnamedCode(name: text) == nil)
    #expect(Frame.Naming(ofText: text) == (text.isEmpty ? .unknown : .named))
  }

  /// More digits than an address has: still not the name of a function.
  @Test func tooManyDigits() {
    #expect(Frame.Naming(ofText: "a+0x123456789abcdef01()") == .moduleOnly)
  }
}

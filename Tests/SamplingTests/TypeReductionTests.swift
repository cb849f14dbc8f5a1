// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import Testing

@testable import Sampling

/// Small BTF of large, judged by libbpf, which is to read it.
@Suite struct TypeReductionTests {
  /// The types of a small kernel.
  private static let kernel: [UInt8] = {
    var types = TypeBytes()
    let int = types.integer("int", size: 4)
    let other = types.structure("other", size: 4, [("in_other", int, 0)])
    let toOther = types.add(2, "", other)
    let inner = types.structure("inner", size: 8, [("first", int, 0), ("second", int, 32)])
    let either = types.structure(
      "", size: 8, [("number", int, 0), ("deep", inner, 0)], isUnion: true)
    let array = types.add(3, "", details: [int, int, 4])
    let fixed = types.add(10, "", inner)
    let named = types.add(8, "inner_t", fixed)
    let prototype = types.add(13, "", int, parts: 1, details: [0, toOther])
    types.add(12, "a_function", prototype)
    types.add(14, "a_variable", int, details: [1])
    types.add(15, ".data", 4, parts: 1, details: [11, 0, 4])
    types.add(17, "a_tag", 4, details: [UInt32.max])
    let real = types.add(16, "double", 8)
    let handler = types.add(8, "handler_t", prototype)
    let toHandler = types.add(2, "", handler)
    _ = types.structure(
      "task", size: 64,
      [
        ("pid", int, 0), ("inside", named, 64), ("friend", toOther, 128), ("name", array, 192),
        ("", either, 320), ("ratio", real, 384), ("call", toHandler, 448),
      ])
    _ = types.enumeration("state", [("RUNS", 1), ("SLEEPS", 3)])
    types.add(19, "wide", 8, parts: 1, details: [0, 7, 1])
    return types.bytes
  }()

  /// BTF of an object that was compiled with types of these names.
  private static func object(_ names: String...) -> [UInt8] {
    var types = TypeBytes()
    for name in names { _ = types.structure(name, size: 0, []) }
    return types.bytes
  }

  private static func reduced(_ kernel: [UInt8], for object: [UInt8]) -> [UInt8]? {
    object.withUnsafeBytes { object in
      kernel.withUnsafeBytes { kernel in
        guard let names = TypeTable(object).map(TypeNames.init) else { return nil }
        return TypeTable(kernel).flatMap { TypeReduction.reduced($0, to: names) }
      }
    }
  }

  @Test func whatIsInsideOfATypeIsKept() throws {
    let bytes = try #require(Self.reduced(Self.kernel, for: Self.object("task", "state", "no")))
    #expect(bytes.count < Self.kernel.count)
    let types = try #require(ReadTypes(bytes))
    #expect(types.size(of: "task") == 64 && types.size(of: "inner") == 8)
    #expect(
      types.members(of: "task").map(\.name) == [
        "pid", "inside", "friend", "name", "", "ratio", "call",
      ])
    #expect(types.members(of: "task").map(\.offset) == [0, 64, 128, 192, 320, 384, 448])
    // A chain of names for a type, an array, a union without a name, two pointers.
    #expect(types.members(of: "task").map(\.size) == [4, 8, 8, 16, 8, 8, 8])
    #expect(types.members(of: "inner").map(\.name) == ["first", "second"])
    #expect(types.values(of: "state") == ["RUNS": 1, "SLEEPS": 3])
    // Behind a pointer, or not asked for.
    for name in ["other", "in_other", "a_function", "a_variable", "handler_t", "wide"] {
      #expect(types.size(of: name) == nil, "\(name)")
    }
  }

  /// Several versions of a type in the program are one in the kernel.
  @Test(arguments: ["task___old", "task"]) func theFlavourIsNotPartOfTheName(name: String) throws {
    let bytes = try #require(Self.reduced(Self.kernel, for: Self.object(name)))
    #expect(try #require(ReadTypes(bytes)).size(of: "task") == 64)
  }

  /// A kernel can have two types of one name; libbpf decides between them.
  @Test func typesOfTheSameNameAreAllKept() throws {
    var types = TypeBytes()
    let int = types.integer("int", size: 4)
    _ = types.structure("eight_or_", size: 4, [("first", int, 0)])
    _ = types.structure("eight_or_more", size: 4, [("one", int, 0)])
    _ = types.structure("eight_or_more", size: 8, [("two", int, 32)])
    let bytes = try #require(Self.reduced(types.bytes, for: Self.object("eight_or_more")))
    // void *, both, int.
    #expect(try #require(ReadTypes(bytes)).count == 4)
  }

  /// Then libbpf is left to read the whole.
  @Test func whatIsNotUnderstoodIsNotReduced() {
    let object = Self.object("task")
    func task(_ member: UInt32, then: (inout TypeBytes) -> Void = { _ in }) -> [UInt8] {
      var types = TypeBytes()
      _ = types.structure("task", size: 4, [("member", member, 0)])
      then(&types)
      return types.bytes
    }
    #expect(Self.reduced(task(0), for: object) != nil)
    #expect(Self.reduced(task(0), for: Self.object("no")) == nil, "no type of that name")
    #expect(Self.reduced(task(7), for: object) == nil, "no type of that id")
    #expect(Self.reduced(task(2) { $0.add(12, "f", 1) }, for: object) == nil, "a function in it")
    #expect(Self.reduced(task(0) { $0.add(20) }, for: object) == nil, "a kind of the future")
    #expect(Self.reduced(task(0) { $0.add(1 << 5 | 2) }, for: object) == nil, "a bit of the future")
    #expect(Self.reduced(Array(task(0).dropLast()), for: object) == nil, "no end of the strings")
    #expect(Self.reduced(task(0), for: []) == nil)
    var otherOrder = task(0)
    otherOrder.swapAt(0, 1)
    #expect(Self.reduced(otherOrder, for: object) == nil)
  }

  /// Types that contain themselves, which no compiler makes.
  @Test func circlesEnd() throws {
    var types = TypeBytes()
    types.add(8, "task", 2)
    types.add(10, "", 1)
    _ = types.structure("inner", size: 4, [("again", 3, 0)])
    let bytes = try #require(Self.reduced(types.bytes, for: Self.object("task", "inner")))
    #expect(try #require(ReadTypes(bytes)).count == 4)
  }

  /// Names that begin at each byte of long ones: all of them would be the square of what there is.
  @Test(arguments: [(1, true), (20, false)]) func theResultIsBounded(texts: UInt32, isSmall: Bool) {
    var types = TypeBytes()
    for _ in 0..<texts { types.add(16, String(repeating: "x", count: 999), 8) }
    // The first one is at offset 1, and each ends with a NUL.
    types.add(
      4, "task", 4, parts: texts * 1000, details: (0..<texts * 1000).flatMap { [$0 + 1, 1, 0] })
    #expect((Self.reduced(types.bytes, for: Self.object("task")) != nil) == isSmall)
  }

  /// No byte can make it trap, and what it returns can be read.
  @Test func hostileBytes() {
    let object = Self.object("task", "state", "wide")
    for count in 0..<Self.kernel.count {
      _ = Self.reduced(Array(Self.kernel.prefix(count)), for: object)
    }
    for index in Self.kernel.indices {
      for value in [0, 1, 0x7f, 0x80, 0xff, Self.kernel[index] ^ 4] as [UInt8] {
        var broken = Self.kernel
        broken[index] = value
        if let bytes = Self.reduced(broken, for: object) {
          #expect(bytes.withUnsafeBytes { TypeTable($0) } != nil)
        }
        _ = Self.reduced(Self.kernel, for: Array(broken.prefix(index + 40)))
      }
    }
  }
}

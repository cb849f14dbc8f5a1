// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel
import TestSupport
import Testing

@testable import Symbolization

/// The session of recordings that tests make.
let testSession = Session(
  target: "test", host: "host", metrics: [.clock(pace: .frequency(99))], cpus: 2, duration: 1)

/// A program that the test compiles, with its functions as binutils list them.
struct CompiledProgram {
  var path: String

  /// Runs a shell command in which `@` stands for the program's path.
  init(_ folder: TemporaryFolder, name: String = "program", _ command: String) throws {
    path = "\(folder.path)/\(name)"
    try run("sh", "-ec", command.replacing("@", with: path))
  }

  func open() throws -> OpenFile {
    try OpenFile(opening: path)
  }

  func image() throws -> ElfImage {
    try #require(ElfImage(try open()))
  }

  struct Symbol: Hashable {
    var address: UInt64
    var size: UInt64
    var type: Character
    var name: String
  }

  /// The functions with a size that `nm` lists.
  func functions(_ options: String...) throws -> [Symbol] {
    let text = try run("sh", "-c", "nm -S \(options.joined(separator: " ")) \(path)")
    return text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count == 4, let address = UInt64(fields[0], radix: 16),
        let size = UInt64(fields[1], radix: 16), let type = fields[2].first,
        "tTwWi".contains(type)
      else { return nil }
      let name = fields[3].prefix { $0 != "@" }
      return Symbol(address: address, size: size, type: type, name: String(name))
    }
  }

  /// The names at addresses as linked, by way of file offsets.
  func names(
    at addresses: [UInt64], debugRoots: [String] = [], debugLimit: UInt64 = 1 << 30,
    by reader: DebugReader = .own
  ) throws -> ModuleNames {
    var options = Symbolizer.Options()
    options.debugReader = reader
    options.debugLimit = debugLimit
    options.debugRoots = debugRoots
    let image = try image()
    let offsets = try addresses.map { address in
      let segment = try #require(
        image.segments.first {
          $0.type == 1 && address >= $0.address && address - $0.address < $0.fileSize
        })
      return address - segment.address + segment.fileOffset
    }
    let symbolizer = ModuleSymbolizer(
      debugFiles: DebugFiles(options), options: options)
    return try #require(
      symbolizer.names(
        for: ModuleRequest(source: try open(), path: path, question: .object(offsets)),
        Demangler(.full)))
  }
}

extension ModuleNames {
  /// `function file:line` for each frame of a location, by its index in the request.
  func lines(of location: Int) -> [String] {
    entries[location].frames.map {
      let file = files[Int($0.file)].split(separator: "/").last ?? "?"
      return "\(functions[Int($0.function)].systemName) \(file):\($0.line)"
    }
  }

  func outermost(of location: Int) -> String? {
    entries[location].frames.last.map { functions[Int($0.function)].systemName }
  }
}

let cxxSource = """
  #include <cstdio>
  #include <cstdlib>
  #include <vector>
  namespace shapes {
  template <typename T> struct Box {
    T value;
    __attribute__((noinline)) T grow(T by) const { return value * by + rand() % 3; }
    inline T twice() const { return grow(2) + helper(value); }
    static inline T helper(T x) {
      T sum = 0;
      for (int i = 0; i < rand() % 100; i++) sum += x / (i + 1);
      return sum;
    }
  };
  __attribute__((noinline)) int area(const std::vector<int> &sides) {
    int sum = 0;
    for (int side : sides) sum += Box<int>{side}.twice();
    return sum;
  }
  }
  static int twist(int x) { return x * rand(); }
  extern "C" __attribute__((noinline)) int plain_c(int x) { return twist(x) + twist(x + 1); }
  int main(int argc, char **) {
    auto closure = [&](int y) { return shapes::area({argc, y}) + plain_c(y); };
    printf("%d %f\\n", closure(3), shapes::Box<double>{1.5}.twice());
  }
  """

let swiftSource = """
  struct Wheel<Element: BinaryInteger> {
    var size: Element
    @inline(never) func turn(_ times: Int) -> Element {
      var sum: Element = 0
      for time in 0..<times { sum += size * Element(time) }
      return sum
    }
  }
  @inline(never) func run(_ body: (Int) -> Int) -> Int { body(7) + CommandLine.arguments.count }
  let wheel = Wheel(size: CommandLine.arguments.count)
  print(run { wheel.turn($0) })
  """

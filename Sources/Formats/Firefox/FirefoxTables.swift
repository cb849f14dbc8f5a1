// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The colours of the Firefox Profiler's graph.
enum FirefoxCategory: Int, CaseIterable {
  case user
  case kernel
  case anonymous
  case unknown

  var name: String {
    switch self {
    case .user: "User"
    case .kernel: "Kernel"
    case .anonymous: "JIT"
    case .unknown: "Unknown"
    }
  }

  var color: String {
    switch self {
    case .user: "yellow"
    case .kernel: "orange"
    case .anonymous: "green"
    case .unknown: "grey"
    }
  }

  init(_ kind: FrameKind) {
    switch kind {
    case .user, .inlined: self = .user
    case .kernel: self = .kernel
    case .anonymous: self = .anonymous
    case .unknown: self = .unknown
    }
  }
}

/// The tables that all threads share, in columns, filled as stacks occur.
struct FirefoxTables {
  private struct StackKey: Hashable {
    var prefix: Int
    var frame: Int
  }

  private let profile: Profile
  private let paths: RenderedPaths
  private var strings: [String: Int] = [:]
  private var texts: [String] = []
  private var stacks: [StackKey] = []
  private var stackNumbers: [StackKey: Int] = [:]
  /// Modules of functions, and their places in the table of libraries.
  private var usedModules: [Int] = []
  private var libraries: [Int: Int] = [:]
  /// A function of two modules is two.
  private var functions: [FunctionKey] = []
  private var functionOfFrame: [Int] = []
  private var files: [String] = []
  private var fileNumbers: [String: Int] = [:]

  private struct FunctionKey: Hashable {
    /// Index of the name in `RenderedPaths`.
    var function: Int
    /// -1 for the reasons why stacks are cut.
    var module: Int
  }

  init(_ profile: Profile) {
    self.profile = profile
    paths = RenderedPaths(profile)
    var known: [FunctionKey: Int] = [:]
    // All but `[unknown]`: the row of a stack without frames is -1.
    for frame in 0..<paths.unknownFrame {
      let key = FunctionKey(
        function: paths.nameIndex(of: frame), module: paths.frame(frame)?.module ?? -1)
      let number = known[key] ?? functions.count
      known[key] = number
      functionOfFrame.append(number)
      guard number == functions.count else { continue }
      functions.append(key)
      guard key.module >= 0 else { continue }
      if profile.modules[key.module].kind != .unknown, libraries[key.module] == nil {
        libraries[key.module] = usedModules.count
        usedModules.append(key.module)
      }
      let file = profile.functions[key.function].file
      if !file.isEmpty, fileNumbers[file] == nil {
        fileNumbers[file] = files.count
        files.append(file)
      }
    }
  }

  private mutating func string(_ text: String) -> Int {
    texts.index(holdingOnce: VisibleText.of(text), &strings)
  }

  /// - Returns: The row of the leaf; -1 for a stack without frames.
  mutating func stack(of index: Int) -> Int {
    var row = -1
    for frame in paths.path(of: index) { row = number(StackKey(prefix: row, frame: frame)) }
    return row
  }

  private mutating func number(_ key: StackKey) -> Int {
    stacks.index(holdingOnce: key, &stackNumbers)
  }

  // MARK: Writing

  func writeLibraries(to json: inout JSONText) {
    for index in usedModules {
      let module = profile.modules[index]
      let id = module.buildID?.description ?? ""
      json.object { json in
        for key in ["name", "debugName"] { json.member(key, VisibleText.of(module.name)) }
        for key in ["path", "debugPath"] { json.member(key, VisibleText.of(module.pprofPath)) }
        json.member("breakpadId", module.buildID.map(Self.breakpadID) ?? "")
        if id.isEmpty { json.null("codeId") } else { json.member("codeId", id) }
        json.member("arch", "x86_64")
      }
    }
  }

  /// The first 16 bytes as a GUID, whose first three groups are little-endian, and `0`.
  static func breakpadID(_ id: BuildID) -> String {
    var bytes = Array(id.bytes.prefix(16))
    bytes += [UInt8](repeating: 0, count: 16 - bytes.count)
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
    return order.map { place in
      let digits = String(bytes[place], radix: 16, uppercase: true)
      return digits.count == 1 ? "0" + digits : digits
    }.joined() + "0"
  }

  /// To be called when all stacks are known.
  mutating func write(to json: inout JSONText, draining sink: inout some ByteSink) {
    json.object("stackTable") { json in
      json.member("length", stacks.count)
      json.array("prefixOffset") { json in
        for row in stacks.indices {
          json.value(stacks[row].prefix < 0 ? 0 : row - stacks[row].prefix)
          json.drain(into: &sink)
        }
      }
      json.array("frame") { json in
        for stack in stacks {
          json.value(stack.frame)
          json.drain(into: &sink)
        }
      }
    }
    json.drain(into: &sink)
    writeFrames(to: &json)
    json.drain(into: &sink)
    writeFunctions(to: &json)
    json.drain(into: &sink)
    let names = usedModules.map { string(profile.modules[$0].name) }
    json.object("resourceTable") { json in
      json.member("length", names.count)
      json.column("lib", names.indices) { $0 }
      json.column("name", names) { $0 }
      json.column("host", names) { _ in nil }
      json.column("type", names) { _ in 1 }
    }
    json.empty("nativeSymbols", ["address", "functionSize", "libIndex", "name"])
    let sources = files.map { string($0) }
    json.object("sources") { json in
      json.member("length", sources.count)
      json.column("id", sources) { _ in nil }
      json.column("filename", sources) { $0 }
      json.column("startLine", sources) { _ in 1 }
      json.column("startColumn", sources) { _ in 1 }
      json.column("sourceMapURL", sources) { _ in nil }
      json.column("content", sources) { _ in nil }
    }
    json.empty("sourceLocationTable", ["source", "line", "column"])
    json.array("stringArray") { json in
      for text in texts {
        json.value(text)
        json.drain(into: &sink)
      }
    }
  }

  /// The profile's frames, and one for each reason why a stack may be cut.
  private func writeFrames(to json: inout JSONText) {
    let depths = inlineDepths()
    let places = functionOfFrame.indices
    json.object("frameTable") { json in
      json.member("length", places.count)
      json.column("address", places) { place in
        guard let frame = paths.frame(place), frame.address > 0,
          !profile.modules[frame.module].isInKernel
        else { return -1 }
        return Int(clamping: frame.address)
      }
      json.column("inlineDepth", places) { $0 < depths.count ? depths[$0] : 0 }
      json.column("category", places) { place in
        (paths.frame(place).map { FirefoxCategory(profile.kind(of: $0)) } ?? .unknown).rawValue
      }
      json.column("subcategory", places) { _ in 0 }
      json.column("func", functionOfFrame) { $0 }
      json.column("nativeSymbol", places) { _ in nil }
      json.column("innerWindowID", places) { _ in 0 }
      json.column("line", places) { place in
        paths.frame(place).flatMap { $0.line > 0 ? Int($0.line) : nil }
      }
      json.column("column", places) { _ in nil }
      json.column("originalLocation", places) { _ in nil }
    }
  }

  /// How many frames each was inlined through, as the first stack with it has it.
  private func inlineDepths() -> [Int] {
    var depths = [Int](repeating: 0, count: profile.frames.count)
    for stack in profile.stacks {
      var depth = 0
      for frame in stack.frames.reversed() {
        depth = profile.frames[frame].isInlined ? depth + 1 : 0
        depths[frame] = depth
      }
    }
    return depths
  }

  private mutating func writeFunctions(to json: inout JSONText) {
    var names: [Int] = []
    for key in functions { names.append(string(paths.names[key.function])) }
    func function(_ key: FunctionKey) -> Function? {
      key.module < 0 ? nil : profile.functions[key.function]
    }
    json.object("funcTable") { json in
      json.member("length", functions.count)
      json.column("name", names) { $0 }
      json.flags("isJS", functions.count)
      json.flags("relevantForJS", functions.count)
      json.column("resource", functions) { libraries[$0.module] ?? -1 }
      json.column("source", functions) { key in function(key).flatMap { fileNumbers[$0.file] } }
      json.column("lineNumber", functions) { key in
        function(key).flatMap { $0.startLine > 0 ? Int($0.startLine) : nil }
      }
      json.column("columnNumber", functions) { _ in nil }
      json.column("originalLocation", functions) { _ in nil }
    }
  }
}

extension JSONText {
  /// A column of numbers, nil being null.
  fileprivate mutating func column<Rows: Sequence>(
    _ name: String, _ rows: Rows, _ value: (Rows.Element) -> Int?
  ) {
    array(name) { json in
      for row in rows { if let number = value(row) { json.value(number) } else { json.null() } }
    }
  }

  fileprivate mutating func flags(_ name: String, _ count: Int) {
    array(name) { json in for _ in 0..<count { json.value(false) } }
  }

  /// A table without rows.
  fileprivate mutating func empty(_ name: String, _ columns: [String]) {
    object(name) { json in
      json.member("length", 0)
      for column in columns { json.array(column) { _ in } }
    }
  }
}

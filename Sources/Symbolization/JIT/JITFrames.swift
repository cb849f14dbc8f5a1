// SPDX-License-Identifier: Apache-2.0

import Glibc
import ProfileModel

/// Frames of code that has no file, named by what its makers wrote about it.
struct JITFrames {
  struct Place: Hashable {
    /// Index in `Recording.processes`.
    var process: Int
    var moment: JITMoment
  }

  private struct Code: Hashable {
    var function: Function
    var line: UInt32
  }

  private var codes: [Place: Code] = [:]
  /// Why there are not more names, in the order of their cases.
  private(set) var limits: [NamingLimit] = []

  /// Names places, process by process: by its jitdump, and what that does not know by its perf map.
  init(_ places: Set<Place>, of recording: Recording, _ namer: ModuleNamer) {
    var reasons: Set<NamingLimit> = []
    for (process, places) in Dictionary(grouping: places, by: \.process) {
      let recorded = recording.processes[process]
      let files = JITFiles(of: recorded)
      let moments = places.map(\.moment).sorted()
      let mapped = Set(recorded.mappings.map(\.object)).compactMap { object in
        recording.objects.indices.contains(object) ? recording.objects[object].path : nil
      }
      if let dump = files?.dump(mappedFrom: mapped) {
        let names = namer.names(for: .init(source: dump, path: "", question: .jitDump(moments)))
        reasons.formUnion(add(names, to: moments, of: process))
      }
      let rest = moments.filter { codes[Place(process: process, moment: $0)] == nil }
      if !rest.isEmpty, let files {
        let names = Self.names(of: rest.map(\.address), fromMapAmong: files, namer)
        reasons.formUnion(add(names, to: rest, of: process))
      }
    }
    if codes.count < places.count { reasons.insert(.codeUntold) }
    limits = NamingLimit.allCases.filter(reasons.contains)
  }

  /// Some write their map anew all the time: for a moment it is empty, or shorter than it was when it
  /// was opened, and a moment later it is whole.
  private static func names(
    of addresses: [UInt64], fromMapAmong files: JITFiles, _ namer: ModuleNamer
  ) -> ModuleNames? {
    for _ in 0..<50 {
      guard let map = files.perfMap() else { return nil }
      let request = ModuleRequest(source: map, path: "", question: .perfMap(addresses))
      if map.size > 0, let names = namer.names(for: request) { return names }
      usleep(1000)
    }
    return nil
  }

  private mutating func add(
    _ names: ModuleNames?, to moments: [JITMoment], of process: Int
  ) -> [NamingLimit] {
    guard let names else { return [] }
    for (moment, place) in zip(moments, names.places) {
      guard let frame = place.frames.first else { continue }
      codes[Place(process: process, moment: moment)] = Code(
        function: names.functions[Int(frame.function)], line: frame.line)
    }
    return names.limits
  }

  func isNamed(_ place: Place) -> Bool { codes[place] != nil }

  /// Nil where nobody has told what is there.
  func frame(at place: Place, in builder: inout ProfileBuilder) -> Int? {
    guard let code = codes[place] else { return nil }
    let module = builder.index(of: Module(kind: .anonymous, path: "[jit]"))
    return builder.index(
      of: Frame(
        function: builder.index(of: code.function), module: module, address: 0, line: code.line))
  }
}

// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Frames of code that has no file, named by what its makers wrote about it.
struct JITFrames {
  /// A named function of one process.
  struct Place: Hashable {
    var name: String
    var file = ""
    var line: UInt32 = 0
  }

  private let recording: Recording
  /// Looked for once a process, and only where a sample needs it.
  private var sources: [Int: Source] = [:]

  private struct Source {
    var map: PerfMap?
    var dump: JITDump?
  }

  init(_ recording: Recording) {
    self.recording = recording
  }

  /// The function at an address of a process during a whole span of time.
  mutating func place(
    of address: UInt64, process: Int, first: UInt64, last: UInt64
  ) -> Place? {
    let source = source(of: process)
    if let found = source.dump?.function(at: address, first: first, last: last) {
      return Place(name: found.name, file: found.file, line: found.line)
    }
    return source.map?.name(at: address).map { Place(name: $0) }
  }

  private mutating func source(of process: Int) -> Source {
    if let known = sources[process] { return known }
    let recorded = recording.processes[process]
    let files = JITFiles(of: recorded)
    let mapped = Set(recorded.mappings.map(\.object)).compactMap { object in
      recording.objects.indices.contains(object) ? recording.objects[object].path : nil
    }
    let source = Source(map: files?.perfMap(), dump: files?.dump(mappedFrom: mapped))
    sources[process] = source
    return source
  }

  static func frame(_ place: Place, in builder: inout ProfileBuilder) -> Int {
    let module = builder.index(of: Module(kind: .anonymous, path: "[jit]"))
    let function = builder.index(of: Function(name: place.name, file: place.file))
    return builder.index(
      of: Frame(function: function, module: module, address: 0, line: place.line))
  }
}

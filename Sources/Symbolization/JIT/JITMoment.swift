// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// An address in code that was made at run time, during a span of time.
struct JITMoment: Hashable, Comparable, Sendable {
  var address: UInt64
  /// Monotonic nanoseconds, `last` included.
  var first: UInt64
  var last: UInt64

  static func < (a: JITMoment, b: JITMoment) -> Bool {
    (a.address, a.first, a.last) < (b.address, b.first, b.last)
  }
}

/// What the maker of such code tells of an address.
struct JITFunction: Hashable {
  var name: String
  /// Of the address; empty and 0 where not told.
  var file = ""
  var line: UInt32 = 0
}

extension ModuleNames {
  init(_ found: [JITFunction?]) {
    var functionIndices: [Function: Int32] = [:]
    var fileIndices: [String: Int32] = ["": 0]
    for found in found {
      guard let found else {
        places.append(Place(frames: []))
        continue
      }
      let function = Function(name: found.name, file: found.file)
      if functionIndices[function] == nil {
        functionIndices[function] = Int32(clamping: functions.count)
        functions.append(function)
      }
      if fileIndices[found.file] == nil {
        fileIndices[found.file] = Int32(clamping: files.count)
        files.append(found.file)
      }
      let frame = Frame(
        function: functionIndices[function] ?? 0, file: fileIndices[found.file] ?? 0,
        line: found.line, column: 0, isInlined: false)
      places.append(Place(frames: [frame]))
    }
  }
}

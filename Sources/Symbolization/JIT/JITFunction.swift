// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A function that a JIT compiler listed in a perf map or a jitdump. Untrusted text.
struct JITFunction: Hashable {
  var name: String
  /// Source file of the address; empty where not known.
  var file = ""
  /// Source line of the address; 0 where not known.
  var line: UInt32 = 0
}

extension ModuleNames {
  /// - Parameter found: for each address its function; nil where there is none.
  init(_ found: [JITFunction?]) {
    var functionIndices: [Function: Int32] = [:]
    var fileIndices: [String: Int32] = ["": 0]
    for found in found {
      guard let found else {
        entries.append(Entry(frames: []))
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
      entries.append(Entry(frames: [frame]))
    }
  }
}

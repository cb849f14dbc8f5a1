// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel

extension Module {
  /// Then its addresses stay in the machine.
  var isInKernel: Bool { kind == .kernel || kind == .kernelModule }

  /// Names that pprof knows: it looks for no symbols in `//anon` and in what begins with `[`.
  var pprofPath: String {
    switch kind {
    case .kernel: "[kernel.kallsyms]"
    case .vdso: "[vdso]"
    case .unknown: RenderedPaths.unknownName
    case .anonymous: path.isEmpty ? "//anon" : path
    case .file, .kernelModule: path.isEmpty ? RenderedPaths.unknownName : path
    }
  }

  fileprivate var isSharedLibrary: Bool {
    let name = name
    return name.hasSuffix(".so") || name.containsBytes(of: ".so.")
  }
}

/// What a mapping claims to be complete in, so that pprof need not look for it again.
struct PprofMappingContents {
  var functions = false
  var filenames = false
  var lineNumbers = false
  var inlineFrames = false
}

extension Profile {
  /// For each module. Only in a file might pprof still find functions.
  var mappingContents: [PprofMappingContents] {
    var contents = modules.map { PprofMappingContents(functions: $0.kind != .file) }
    for frame in frames {
      if frame.naming == .named { contents[frame.module].functions = true }
      if !functions[frame.function].file.isEmpty { contents[frame.module].filenames = true }
      if frame.line > 0 { contents[frame.module].lineNumbers = true }
      if frame.isInlined { contents[frame.module].inlineFrames = true }
    }
    return contents
  }

  /// The file that most samples pass through, and rather a program than a library: pprof takes the
  /// first mapping for the main binary. The lowest index wins among equals.
  var mainBinary: Int? {
    var samplesOfStack = [UInt64](repeating: 0, count: stacks.count)
    for sample in samples { samplesOfStack[sample.stack] += count(of: sample) }
    var samplesOfModule = [UInt64](repeating: 0, count: modules.count)
    var lastStack = [Int](repeating: -1, count: modules.count)
    for (stackIndex, stack) in stacks.enumerated() {
      for frameIndex in stack.frames {
        let module = frames[frameIndex].module
        if lastStack[module] == stackIndex { continue }
        lastStack[module] = stackIndex
        samplesOfModule[module] += samplesOfStack[stackIndex]
      }
    }
    let files = modules.indices.filter { modules[$0].kind == .file && samplesOfModule[$0] > 0 }
    let programs = files.filter { !modules[$0].isSharedLibrary }
    return (programs.isEmpty ? files : programs).max {
      samplesOfModule[$0] != samplesOfModule[$1]
        ? samplesOfModule[$0] < samplesOfModule[$1] : $0 > $1
    }
  }
}

extension Module.Kind {
  /// What a mapping's file name says.
  init(pprofPath path: String) {
    self =
      if path.isEmpty || path == RenderedPaths.unknownName {
        .unknown
      } else if path.hasPrefix("[kernel.kallsyms]") {
        .kernel
      } else if path == "[vdso]" {
        .vdso
      } else if path.hasPrefix("//anon") || path == "[heap]" || path == "[stack]" {
        .anonymous
      } else if path.hasPrefix("[") {
        .kernelModule
      } else {
        .file
      }
  }
}

extension BuildID {
  init?(hexadecimal text: String) {
    guard let bytes = Hexadecimal.bytes(of: text.utf8) else { return nil }
    self.init(bytes)
  }
}

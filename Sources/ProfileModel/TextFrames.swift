// SPDX-License-Identifier: Apache-2.0

extension FrameDescription {
  /// Creates the frame of an input that has only names, no addresses.
  ///
  /// - Parameters:
  ///   - name: The text of the frame. If it is empty, `[unknown]`, or of the form
  ///     `libfoo.so+0x1234` or `libfoo.so+0x1200()`, the name of the function counts as not known.
  ///   - kind: The kind of code that the frame is in, which also decides the kind of the module.
  ///   - module: The path or name of the module; empty if it is not known.
  ///   - file: The path of the source file; empty if it is not known.
  ///   - startLine: The function's first line in `file`, from 1; 0 if it is not known.
  package init(
    name: String, kind: FrameKind, module: String = "", file: String = "", startLine: UInt32 = 0
  ) {
    let moduleKind: Module.Kind =
      switch kind {
      case .user, .inlined: module == "[vdso]" ? .vdso : .file
      case .kernel:
        module.isEmpty || module.hasPrefix("[kernel.kallsyms]") ? .kernel : .kernelModule
      case .anonymous: .anonymous
      case .unknown: .unknown
      }
    self.init(
      function: Function(name: name, file: file, startLine: startLine),
      module: Module(
        kind: moduleKind,
        path: kind == .kernel && module.isEmpty ? "[kernel.kallsyms]" : module),
      isInlined: kind == .inlined, naming: Frame.Naming(ofText: name))
  }
}

extension Frame.Naming {
  /// Infers from a frame's text whether it names a function, a module with an address
  /// (``UnnamedCode``), or nothing (`[unknown]`, or empty).
  package init(ofText name: String) {
    if name == RenderedPaths.unknownName || name.isEmpty {
      self = .unknown
      return
    }
    self = UnnamedCode(name: name) == nil ? .named : .moduleOnly
  }
}

extension Truncation {
  private static let frameBeginning = "[truncated: "
  private static let frameEnd = "]"

  /// The name of the frame that outputs show at the root of a truncated stack, such as `[truncated:
  /// NO_CFI]`.
  package var frameName: String { Self.frameBeginning + rawValue.uppercased() + Self.frameEnd }

  /// Parses the text `[truncated: REASON]` of a frame, the reason in either case.
  ///
  /// - Returns: nil for any other text, or an unknown reason.
  package init?(frameName: String) {
    guard frameName.hasPrefix(Self.frameBeginning), frameName.hasSuffix(Self.frameEnd) else {
      return nil
    }
    let reason = frameName.dropFirst(Self.frameBeginning.count).dropLast(Self.frameEnd.count)
    self.init(rawValue: reason.lowercased())
  }
}

// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The formats of this module: the lists that reading and writing go through. A new format is a
/// folder, and a line here.
public enum Formats {
  /// What the writers of text formats can be asked for.
  public struct Options: Hashable, Sendable {
    /// Marks kernel, JIT and inlined frames in folded stacks: `_[k]`, `_[j]`, `_[i]`.
    public var annotates = false
    /// Keeps threads of one name apart, in formats that show only their names.
    public var separatesThreads = false

    public init() {}
  }

  /// All writers, in the order of help texts.
  public static func writers(_ options: Options = Options()) -> [any ProfileWriter] {
    [
      FoldedWriter(annotate: options.annotates, separatesThreads: options.separatesThreads),
      PprofWriter(),
      SpeedscopeWriter(),
      FirefoxWriter(),
      PerfScriptWriter(),
      ProfileJSONWriter(),
    ]
  }

  /// All readers. The first one that recognizes an input reads it: strict ones come before lenient
  /// ones.
  public static let readers: [any ProfileReader.Type] = [
    PerfDataReader.self,
    ProfileJSONReader.self,
    SpeedscopeReader.self,
    PprofReader.self,
    PerfScriptReader.self,
    FoldedReader.self,
  ]
}

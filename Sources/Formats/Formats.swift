// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The lists of all readers and writers of this module. To add a format, add a folder and a line in
/// one of these lists.
public enum Formats {
  /// The options of writers of text formats. Other writers ignore them.
  public struct Options: Hashable, Sendable {
    /// Whether folded stacks mark the kind of frames: `_[k]` kernel, `_[j]` JIT, `_[i]` inlined.
    public var annotates = false
    /// Whether folded stacks keep threads of the same name apart.
    public var separatesThreads = false

    /// Options with their defaults: plain names, and threads of the same name merged.
    public init() {}
  }

  /// Returns the writers of all formats, with the given options, in the order of help texts.
  public static func writers(_ options: Options = Options()) -> [any ProfileWriter] {
    [
      FoldedWriter(annotate: options.annotates, separatesThreads: options.separatesThreads),
      PprofWriter(),
      SpeedscopeWriter(),
      FirefoxWriter(),
      ChromeTraceWriter(),
      PerfScriptWriter(),
      ProfileJSONWriter(),
    ]
  }

  /// The readers of all formats. The first one that recognizes an input reads it, so strict readers
  /// stand before lenient ones.
  public static let readers: [any ProfileReader.Type] = [
    PerfDataReader.self,
    ProfileJSONReader.self,
    SpeedscopeReader.self,
    PprofReader.self,
    BpftraceReader.self,
    PerfScriptReader.self,
    FoldedReader.self,
  ]
}

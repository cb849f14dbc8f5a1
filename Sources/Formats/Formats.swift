// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The lists of all readers and writers of this module. To add a format, add a folder and a line in
/// one of these lists.
package enum Formats {
  /// The options of the writers that `Formats.writers` returns. They only concern folded stacks;
  /// the writers of other formats ignore them.
  package struct Options: Hashable, Sendable {
    /// Whether names in folded stacks get a suffix for the kind of code: `_[k]` for the kernel,
    /// `_[j]` for JIT code, `_[i]` for inlined functions. The default is false.
    package var annotates = false
    /// Whether each thread has its own folded stacks, under `name-PID/TID`. Otherwise, by default,
    /// the stacks of all threads with the same name are added up.
    package var separatesThreads = false

    /// Creates the default options: function names without suffixes, and threads of the same name
    /// merged.
    package init() {}
  }

  /// Returns one writer for each output format other than pictures and pages, in the order in which
  /// help texts list the formats.
  ///
  /// - Parameter options: The options of the writer of folded stacks.
  package static func writers(_ options: Options = Options()) -> [any ProfileWriter] {
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

  /// The readers of all input formats other than pictures and pages, in the order in which they are
  /// tried. The first one that recognizes an input reads it, so readers with strict tests stand
  /// before lenient ones.
  package static let readers: [any ProfileReader.Type] = [
    PerfDataReader.self,
    ProfileJSONReader.self,
    SpeedscopeReader.self,
    PprofReader.self,
    BpftraceReader.self,
    PerfScriptReader.self,
    FoldedReader.self,
  ]
}

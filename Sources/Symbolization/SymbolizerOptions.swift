// SPDX-License-Identifier: Apache-2.0

extension Symbolizer {
  /// How names are found and written.
  package struct Options: Sendable {
    /// How linkage names are shown.
    package var demangling = DemanglingStyle.simple
    /// Whether inlined calls become frames.
    package var followsInlines = true
    /// Absolute folders with separate debug files, in the layout of `/usr/lib/debug`.
    package var debugRoots = ["/usr/lib/debug"]
    /// Folders in which libdebuginfod keeps what it has fetched.
    var debugCaches: [String] = []
    /// Files with more debug information than this, in bytes, are named by their symbols alone.
    package var debugLimit: UInt64 = 512 << 20
    /// Whether a worker process without rights reads the files, so that a hostile file costs its own
    /// names at most. Only for programs that begin with `WorkerService.runIfStartedAsWorker`.
    package private(set) var isolatesFiles = false
    /// Whether the outermost function of an address has the name of the symbol table, which distinguishes
    /// `f.cold` from `f`.
    var prefersSymbols = false

    /// Simple names with inlined calls; debug files from `/usr/lib/debug`; files are read in this
    /// process.
    package init() {}

    /// - Parameters:
    ///   - extraDebugFolders: absolute; searched before the usual one, and also for files that lie
    ///     directly in them.
    ///   - usesServers: whether files may come from debuginfod servers; see `fetchDebugFiles`.
    package init(
      demangling: DemanglingStyle, followsInlines: Bool, extraDebugFolders: [String],
      usesServers: Bool = false
    ) {
      self.demangling = demangling
      self.followsInlines = followsInlines
      debugRoots = extraDebugFolders + debugRoots
      if usesServers { debugCaches = DebugFileServer.cacheFolder.map { [$0] } ?? [] }
    }

    /// The same options with files read by a worker process, whose memory bounds `debugLimit`.
    package var isolated: Options {
      var options = self
      options.isolatesFiles = true
      options.debugLimit = min(debugLimit, WorkerMemory.debugLimit)
      return options
    }
  }
}

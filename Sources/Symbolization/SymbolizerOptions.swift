// SPDX-License-Identifier: Apache-2.0

extension Symbolizer {
  /// Options of how names are found and written.
  package struct Options: Sendable {
    /// The style in which linkage names are shown.
    package var demangling = DemanglingStyle.simple
    /// Whether inlined calls become frames of their own.
    package var followsInlines = true
    /// The folders with separate debug files, as absolute paths, in the layout of `/usr/lib/debug`;
    /// the first that has a file is used.
    package var debugRoots = ["/usr/lib/debug"]
    /// The folders in which libdebuginfod keeps the files that it has fetched.
    var debugCaches: [String] = []
    /// The limit of debug information of one file, in bytes. A file with more is named by its
    /// symbol table alone.
    package var debugLimit: UInt64 = 512 << 20
    /// Whether a worker process without rights reads the files, so that a hostile file costs only
    /// its own names. The program must begin with `WorkerService.runIfStartedAsWorker`.
    package private(set) var isolatesFiles = false
    /// Whether the outermost function of an address has the name of the symbol table, which
    /// distinguishes `f.cold` from `f`.
    var prefersSymbols = false

    /// Creates the default options: simple names, inlined calls, debug files from `/usr/lib/debug`,
    /// files read in this process.
    package init() {}

    /// Creates options for files that are read in this process.
    ///
    /// - Parameters:
    ///   - extraDebugFolders: Absolute paths of folders that are searched before the usual one,
    ///     also for debug files that lie directly in them.
    ///   - usesServers: Whether files that were fetched from debuginfod servers are used; see
    ///     `fetchDebugFiles`.
    package init(
      demangling: DemanglingStyle, followsInlines: Bool, extraDebugFolders: [String],
      usesServers: Bool = false
    ) {
      self.demangling = demangling
      self.followsInlines = followsInlines
      debugRoots = extraDebugFolders + debugRoots
      if usesServers { debugCaches = DebugFileServer.cacheFolder.map { [$0] } ?? [] }
    }

    /// The same options, but files are read by a worker process. `debugLimit` is lowered if its
    /// memory needs that.
    package var isolated: Options {
      var options = self
      options.isolatesFiles = true
      options.debugLimit = min(debugLimit, WorkerMemory.debugLimit)
      return options
    }
  }
}

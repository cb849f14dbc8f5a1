// SPDX-License-Identifier: Apache-2.0

extension Symbolizer {
  /// The options of a symbolizer: where names are searched for, and in which style they are shown.
  package struct Options: Sendable {
    /// The style in which linkage names are shown; by default demangled and shortened.
    package var demangling = DemanglingStyle.simple
    /// Whether a call that the compiler has inlined becomes a frame of its own; by default true.
    package var followsInlines = true
    /// The absolute paths of folders in which separate debug files are searched, laid out like
    /// `/usr/lib/debug`. They are searched in this order, and the first debug file that fits is
    /// used.
    package var debugRoots = ["/usr/lib/debug"]
    /// The folders in which libdebuginfod keeps the files that it has fetched.
    var debugCaches: [String] = []
    /// The greatest size of the debug information of one file that is read, in bytes; by default
    /// 512 MiB. A file with more is named by its symbol table alone.
    package var debugLimit: UInt64 = 512 << 20
    /// The time for all files together; nil for as much as they need. Has an effect only if
    /// `isolatesFiles` is set.
    package var time: NamingTime?
    /// Whether a worker process without rights reads the files, so that a hostile file can only
    /// spoil its own names; by default false. The program must then begin with
    /// `WorkerService.runIfStartedAsWorker`.
    package private(set) var isolatesFiles = false
    /// Whether the outermost function of an address has the name of the symbol table, which
    /// distinguishes `f.cold` from `f`.
    var prefersSymbols = false
    /// Whether the user has named the file himself, instead of a process that has mapped it.
    var isNamedByUser = false
    /// The reader of debug information; nil for flameback's own, and libdw for what that cannot
    /// read.
    package var debugReader: DebugReader?
    /// The command-line arguments of workers, which `WorkerService` ignores; none by default. With
    /// them the tests' own program says which of its workers fail.
    package var workerArguments: [String] = []
    /// The differences between the two readers that were found so far; nil unless both are used.
    package private(set) var differences: ReaderDifferences?

    /// Creates the default options: simple names, frames for inlined calls, debug files from
    /// `/usr/lib/debug`, files read in this process.
    package init() {}

    /// Creates options for files that are read in this process.
    ///
    /// - Parameters:
    ///   - demangling: The style in which linkage names are shown.
    ///   - followsInlines: Whether inlined calls become frames of their own.
    ///   - extraDebugFolders: Absolute paths of folders that are searched for debug files before
    ///     `/usr/lib/debug`, in the same layout, and for debug files that lie directly in them.
    ///   - usesServers: Whether debug files in the cache of libdebuginfod, which were fetched from
    ///     debuginfod servers, are used.
    ///   - debugReader: The reader of debug information; nil for flameback's own, and libdw for what
    ///     that cannot read.
    package init(
      demangling: DemanglingStyle, followsInlines: Bool, extraDebugFolders: [String],
      usesServers: Bool = false, debugReader: DebugReader? = nil
    ) {
      self.demangling = demangling
      self.followsInlines = followsInlines
      debugRoots = extraDebugFolders + debugRoots
      self.debugReader = debugReader
      if debugReader == .both { differences = ReaderDifferences() }
      if usesServers { debugCaches = DebugFileServer.cacheFolder.map { [$0] } ?? [] }
    }

    /// A copy of these options with which a worker process without rights reads the files.
    /// `debugLimit` is lowered, if necessary, so that debug information fits into the memory that a
    /// worker may use: at most 1 GiB and a quarter of the machine's.
    package var isolated: Options {
      var options = self
      options.isolatesFiles = true
      options.debugLimit = min(debugLimit, WorkerMemory.debugLimit)
      return options
    }
  }
}

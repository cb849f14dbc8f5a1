// SPDX-License-Identifier: Apache-2.0

/// Named stacks with their counts: the input of all writers.
///
/// Modules, functions, frames and stacks are each held once and referred to by index.
public struct Profile: Sendable {
  /// The circumstances of the recording, and its metrics.
  public var session: Session
  /// Processes, to which samples refer by index.
  public var processes: [ProfiledProcess]
  /// Modules, to which frames refer by index.
  public var modules: [Module]
  /// Functions, to which frames refer by index.
  public var functions: [Function]
  /// Frames, to which stacks refer by index.
  public var frames: [Frame]
  /// Stacks, to which samples refer by index.
  public var stacks: [Stack]
  /// Samples, those that are equal as one.
  public var samples: [Sample]
  /// Losses and cost of the recording.
  public var account: Account

  /// A profile of these tables; indices must be in range.
  public init(
    session: Session, processes: [ProfiledProcess] = [], modules: [Module] = [],
    functions: [Function] = [], frames: [Frame] = [], stacks: [Stack] = [],
    samples: [Sample] = [], account: Account = Account()
  ) {
    self.session = session
    self.processes = processes
    self.modules = modules
    self.functions = functions
    self.frames = frames
    self.stacks = stacks
    self.samples = samples
    self.account = account
  }

  /// The sum of the shown metric over all samples, which all outputs share.
  public var totalCount: UInt64 { total(of: session.shown) }

  /// The sum of a metric's values over all samples.
  ///
  /// - Parameter metric: Index in `session.metrics`.
  public func total(of metric: Int) -> UInt64 { samples.reduce(0) { $0 + $1.values[metric] } }

  /// A sample's value in the shown metric.
  public func count(of sample: Sample) -> UInt64 { sample.values[session.shown] }

  /// The same profile with another metric as the shown one.
  ///
  /// - Returns: nil if no metric has that name.
  public func showing(_ name: String) -> Profile? {
    guard let index = session.metrics.firstIndex(where: { $0.name == name }) else { return nil }
    var profile = self
    profile.session.shown = index
    return profile
  }

  /// Whether the time of at least one sample is known.
  public var hasTimes: Bool { samples.contains { !$0.times.isEmpty } }
}

/// A process of which there are samples.
public struct ProfiledProcess: Hashable, Sendable {
  /// The process id; -1 if unknown.
  public var pid: Int32
  /// The name of its main thread. Untrusted text.
  public var comm: String

  /// A process with an id and a name.
  public init(pid: Int32, comm: String) {
    self.pid = pid
    self.comm = comm
  }
}

/// A file, the kernel, a kernel module, or a region without a file, in which frames lie.
public struct Module: Hashable, Sendable {
  /// What a module is.
  public enum Kind: Hashable, Sendable {
    case file
    case vdso
    /// Executable memory without a file.
    case anonymous
    /// The kernel proper, `[kernel.kallsyms]`.
    case kernel
    /// A loadable module or BPF programs, `[nf_tables]`, `[bpf]`.
    case kernelModule
    /// No mapping was known.
    case unknown
  }

  /// Whether it is a file, memory or part of the kernel.
  public var kind: Kind
  /// The full path, or a name in brackets such as `[vdso]`. Untrusted text: show it by
  /// `VisibleText`.
  public var path: String
  /// The build id in the file's notes; nil if it has none, or is no file.
  public var buildID: BuildID?
  /// The first address of the executable segment as linked, without the shift of address space
  /// randomization. This and the next two are 0 in the kernel, whose addresses stay in the machine.
  public var segmentStart: UInt64
  /// The first address after the segment.
  public var segmentEnd: UInt64
  /// The offset in the file of the byte at `segmentStart`.
  public var segmentFileOffset: UInt64
  /// Reasons why not all functions have names, in the order of their cases; empty if there are
  /// none.
  public var limits: [NamingLimit] = []

  /// A module with all names that there are; bounds of 0 are unknown.
  public init(
    kind: Kind, path: String, buildID: BuildID? = nil, segmentStart: UInt64 = 0,
    segmentEnd: UInt64 = 0, segmentFileOffset: UInt64 = 0
  ) {
    self.kind = kind
    self.path = path
    self.buildID = buildID
    self.segmentStart = segmentStart
    self.segmentEnd = segmentEnd
    self.segmentFileOffset = segmentFileOffset
  }

  /// The last component of the path.
  public var name: String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

/// A function, or what is shown instead of one.
public struct Function: Hashable, Sendable {
  /// The name to show: demangled, or `libfoo.so.1+0x1234`, or `[unknown]`. Untrusted text.
  public var name: String
  /// The linkage name, as the symbol table has it; equal to `name` where nothing was demangled.
  public var systemName: String
  /// The source file that has the function; empty where not known. Untrusted text.
  public var file: String
  /// The function's first line in `file`, from 1; 0 where not known.
  public var startLine: UInt32

  /// A function; without a system name it has not been mangled.
  public init(name: String, systemName: String? = nil, file: String = "", startLine: UInt32 = 0) {
    self.name = name
    self.systemName = systemName ?? name
    self.file = file
    self.startLine = startLine
  }
}

/// A location in the code that a stack passes through.
public struct Frame: Hashable, Sendable {
  /// How good the name is.
  public enum Naming: Hashable, Sendable {
    /// The name is that of the function.
    case named
    /// The function is not known: the name is `module+0xoffset`.
    case moduleOnly
    /// The module is not known either: the name is `[unknown]`.
    case unknown
  }

  /// Index in `Profile.functions`.
  public var function: Int
  /// Index in `Profile.modules`.
  public var module: Int
  /// The address in the module as linked; of a caller, one inside its call instruction, not the
  /// return address. 0 in the kernel.
  public var address: UInt64
  /// The line of the call or interrupted instruction in the function's file, from 1; 0 where not
  /// known.
  public var line: UInt32
  /// Whether the function is compiled into the next outer frame of the stack, whose module and
  /// address it shares.
  public var isInlined: Bool
  /// How good the name is.
  public var naming: Naming

  /// A frame of a function in a module, both by index.
  public init(
    function: Int, module: Int, address: UInt64, line: UInt32 = 0, isInlined: Bool = false,
    naming: Naming = .named
  ) {
    self.function = function
    self.module = module
    self.address = address
    self.line = line
    self.isInlined = isInlined
    self.naming = naming
  }
}

/// Frames from the leaf to the root, kernel frames before user frames.
public struct Stack: Hashable, Sendable {
  /// Indices in `Profile.frames`, leaf first.
  public var frames: [Int]
  /// Why the user part does not reach the thread's first frame; nil if it does, or there is none.
  /// Outputs show it as a `[truncated: REASON]` frame at the root.
  public var truncation: Truncation?

  /// A stack of frames, leaf first.
  public init(frames: [Int], truncation: Truncation? = nil) {
    self.frames = frames
    self.truncation = truncation
  }
}

/// Equal samples of one thread, counted.
public struct Sample: Hashable, Sendable {
  /// Index in `Profile.processes`.
  public var process: Int
  /// The thread id; -1 if unknown.
  public var threadID: Int32
  /// Name of the thread. Untrusted text.
  public var comm: String
  /// Index in `Profile.stacks`.
  public var stack: Int
  /// The sums of the samples' values, one for each of the session's metrics.
  public var values: SampleValues
  /// The times of the samples, in nanoseconds since the session's start, ascending. Fewer than
  /// there are samples where not all times are known; mostly none.
  public var times: [UInt64]
  /// The CPU and cgroup by which samples are kept apart.
  public var group: SampleGroup

  /// Equal samples of a thread.
  public init(
    process: Int, threadID: Int32, comm: String, stack: Int, values: SampleValues,
    times: [UInt64] = [], group: SampleGroup = SampleGroup()
  ) {
    self.process = process
    self.threadID = threadID
    self.comm = comm
    self.group = group
    self.stack = stack
    self.values = values
    self.times = times
  }
}

// SPDX-License-Identifier: Apache-2.0

/// A finished profile: stacks with named frames, and the values of their samples. It is the input
/// of all writers.
///
/// Modules, functions, frames and stacks are each held once and referred to by index.
package struct Profile: Sendable {
  /// The circumstances of the recording, and its metrics.
  package var session: Session
  /// The table of processes, in which `Sample.process` is an index.
  package var processes: [ProfiledProcess]
  /// The table of modules, in which `Frame.module` is an index.
  package var modules: [Module]
  /// The table of functions, in which `Frame.function` is an index.
  package var functions: [Function]
  /// The table of frames, in which the elements of `Stack.frames` are indices.
  package var frames: [Frame]
  /// The table of stacks, in which `Sample.stack` is an index.
  package var stacks: [Stack]
  /// The samples; equal samples of a thread are one element with the sums of their values.
  package var samples: [Sample]
  /// The losses and the cost of the recording.
  package var account: Account

  /// Creates a profile of these tables. The caller ensures that all indices that refer to an
  /// element of another table are in range.
  package init(
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

  /// The sum over all samples of their values in the shown metric, which is the total that outputs
  /// of a single metric show.
  package var totalCount: UInt64 { total(of: session.shown) }

  /// Returns the sum of a metric's values over all samples.
  ///
  /// - Parameter metric: The index of the metric in `session.metrics`.
  package func total(of metric: Int) -> UInt64 { samples.reduce(0) { $0 + $1.values[metric] } }

  /// The metrics in which some sample has a value other than 0, in the order of `session.metrics`.
  package var metricsWithValues: [Metric] {
    session.metrics.indices.filter { metric in
      samples.contains { $0.values[metric] > 0 }
    }.map { session.metrics[$0] }
  }

  /// Returns a sample's value in the shown metric.
  package func count(of sample: Sample) -> UInt64 { sample.values[session.shown] }

  /// Returns the same profile with the named metric as the shown one; nil if no metric has that
  /// name.
  package func showing(_ name: String) -> Profile? {
    let found = Metric.shown(in: session.metrics, named: name, usual: session.shown)
    guard let index = found else { return nil }
    var profile = self
    profile.session.shown = index
    return profile
  }

  /// Whether the time of at least one sample is known.
  package var hasTimes: Bool { samples.contains { !$0.times.isEmpty } }
}

/// A process that has samples.
package struct ProfiledProcess: Hashable, Sendable {
  /// The process id; -1 if it is not known.
  package var pid: Int32
  /// The name of the process's main thread. Untrusted text.
  package var comm: String

  /// Creates a process from its id, -1 if not known, and the name of its main thread.
  package init(pid: Int32, comm: String) {
    self.pid = pid
    self.comm = comm
  }
}

/// A file, the kernel, a kernel module, or a region without a file, in which frames lie.
package struct Module: Hashable, Sendable {
  /// The kind of thing that a module is.
  package enum Kind: Hashable, Sendable {
    /// An executable file or shared library.
    case file
    /// The vDSO, the shared object that the kernel maps into every process.
    case vdso
    /// Executable memory without a file, such as a JIT compiler's.
    case anonymous
    /// The kernel proper, `[kernel.kallsyms]`.
    case kernel
    /// A loadable kernel module, such as `[nf_tables]`, or all BPF programs, `[bpf]`.
    case kernelModule
    /// Addresses in no mapping that was known.
    case unknown
  }

  /// The kind of the module: a file, memory or part of the kernel.
  package var kind: Kind
  /// The full path, or a name in brackets such as `[vdso]`. Untrusted text: show it by
  /// `VisibleText`.
  package var path: String
  /// The build id in the notes of the module's file; nil if the file has none, or the module is no
  /// file.
  package var buildID: BuildID?
  /// The first address of the executable segment as linked, without the shift of address space
  /// randomization; 0 if it is not known. Also 0 for the kernel, whose addresses are never written
  /// to outputs.
  package var segmentStart: UInt64
  /// The first address after the executable segment, as linked; 0 if it is not known, and for the
  /// kernel.
  package var segmentEnd: UInt64
  /// The offset in the module's file, in bytes, of the byte at the address `segmentStart`; 0 if it
  /// is not known, and for the kernel.
  package var segmentFileOffset: UInt64
  /// The reasons why code of the module has fewer names than it could, in the order of the cases of
  /// `NamingLimit`; empty if there are none.
  package var limits: [NamingLimit] = []

  /// Creates a module without naming limits.
  ///
  /// - Parameters:
  ///   - kind: The kind of the module: a file, memory or part of the kernel.
  ///   - path: The full path, or a name in brackets such as `[vdso]`.
  ///   - buildID: The build id of the file; nil if it has none.
  ///   - segmentStart: The first address of the executable segment as linked; 0 if not known.
  ///   - segmentEnd: The first address after that segment, as linked; 0 if not known.
  ///   - segmentFileOffset: The offset in the file, in bytes, of the segment's first byte.
  package init(
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

  /// The last component of the path, such as `libc.so.6`.
  package var name: String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

/// A function that frames are in, or the text that is shown in its place if it is not known.
package struct Function: Hashable, Sendable {
  /// The name to show: demangled; or without a name `libfoo.so.1+0x1200()`, `libfoo.so.1+0x1234`
  /// (see ``UnnamedCode``) or `[unknown]`. Untrusted text.
  package var name: String
  /// The mangled name, as the symbol table has it; equal to `name` if nothing was demangled.
  package var systemName: String
  /// The path of the source file that has the function; empty if it is not known. Untrusted text.
  package var file: String
  /// The function's first line in `file`, from 1; 0 if it is not known.
  package var startLine: UInt32

  /// Creates a function.
  ///
  /// - Parameters:
  ///   - name: The name to show, demangled.
  ///   - systemName: The mangled name; nil if it is the same as `name`.
  ///   - file: The path of the source file; empty if it is not known.
  ///   - startLine: The function's first line in `file`, from 1; 0 if it is not known.
  package init(name: String, systemName: String? = nil, file: String = "", startLine: UInt32 = 0) {
    self.name = name
    self.systemName = systemName ?? name
    self.file = file
    self.startLine = startLine
  }
}

/// A location in the code that a stack passes through. Equal locations are one element of
/// `Profile.frames`.
package struct Frame: Hashable, Sendable {
  /// What the name of a frame is: a function's, a module's with an offset, or none.
  package enum Naming: Hashable, Sendable {
    /// The name is that of the function.
    case named
    /// The function's name is not known: in its place is the module with an address (see
    /// ``UnnamedCode``).
    case moduleOnly
    /// The module is not known either: the name is `[unknown]`.
    case unknown
  }

  /// The index of the function in `Profile.functions`.
  package var function: Int
  /// The index of the module in `Profile.modules`.
  package var module: Int
  /// The frame's address in the module, as linked; for a caller an address inside its call
  /// instruction, not the return address. 0 for the kernel, or if it is not known.
  package var address: UInt64
  /// The line of the call or interrupted instruction in the function's source file, from 1; 0 if it
  /// is not known.
  package var line: UInt32
  /// Whether the function is compiled into the next outer frame of the stack, whose module and
  /// address it shares.
  package var isInlined: Bool
  /// Whether the frame's name is that of the function, the module with an offset, or `[unknown]`.
  package var naming: Naming

  /// Creates a frame of a function in a module.
  ///
  /// - Parameters:
  ///   - function: The index of the function in `Profile.functions`.
  ///   - module: The index of the module in `Profile.modules`.
  ///   - address: The address in the module, as linked; 0 if it is not known.
  ///   - line: The line in the function's source file, from 1; 0 if it is not known.
  ///   - isInlined: Whether the function is compiled into the next outer frame of the stack.
  ///   - naming: Whether the name is that of the function, the module with an offset, or
  ///     `[unknown]`.
  package init(
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

/// A call stack: frames from the leaf to the root, kernel frames before user frames.
package struct Stack: Hashable, Sendable {
  /// The frames of the stack, leaf first, as indices in `Profile.frames`.
  package var frames: [Int]
  /// The reason why the user frames do not reach the thread's first frame; nil if they do, or there
  /// are none. Outputs show the reason as a `[truncated: REASON]` frame at the root.
  package var truncation: Truncation?

  /// Creates a stack.
  ///
  /// - Parameters:
  ///   - frames: The frames, leaf first, as indices in `Profile.frames`.
  ///   - truncation: The reason why the user frames do not reach the thread's first frame; nil if
  ///     they do, or there are none.
  package init(frames: [Int], truncation: Truncation? = nil) {
    self.frames = frames
    self.truncation = truncation
  }
}

/// The samples of one thread that have the same stack, added up.
package struct Sample: Hashable, Sendable {
  /// The index of the process in `Profile.processes`.
  package var process: Int
  /// The thread id; -1 if it is not known.
  package var threadID: Int32
  /// The name of the thread, empty if it is not known. Untrusted text.
  package var comm: String
  /// The index of the stack in `Profile.stacks`.
  package var stack: Int
  /// The sums of the samples' values, one for each of the session's metrics.
  package var values: SampleValues
  /// The known times of the samples, in nanoseconds since the session's start, ascending. There are
  /// fewer times than samples if not all are known; most profiles have no times.
  package var times: [UInt64]
  /// The CPU and the cgroup by which samples are kept apart; by default neither.
  package var group: SampleGroup

  /// Creates the sum of equal samples.
  ///
  /// - Parameters:
  ///   - process: The index of the process in `Profile.processes`.
  ///   - threadID: The thread id; -1 if it is not known.
  ///   - comm: The name of the thread; empty if it is not known.
  ///   - stack: The index of the stack in `Profile.stacks`.
  ///   - values: The sums of the samples' values, one for each of the session's metrics.
  ///   - times: The known times, in nanoseconds since the session's start, ascending.
  package init(
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

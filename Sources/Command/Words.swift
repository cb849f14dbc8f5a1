// SPDX-License-Identifier: Apache-2.0

import Formats
import Glibc
import ObjectFiles
import ProfileModel
import Sampling
import Symbolization

/// The sentences that people read. Each says what failed, on what, why, and what to do.
enum Words {
  static func failure(_ error: SamplingError) -> Failure {
    switch error {
    case .noSuchProcess(let pid):
      return .runtime("no process \(pid): it does not exist (any more), or is not visible here")
    case .zombie(let pid):
      return .runtime(
        "process \(pid) is a zombie: it has exited, and only its parent can still ask for it")
    case .noSuchThread(let id):
      return .runtime("no thread \(id): it does not exist (any more), or is not visible here")
    case .noSuchCgroup(let path):
      return .runtime(
        "no cgroup \(VisibleText.of(path)): it is neither a folder below /sys/fs/cgroup nor a path "
          + "as in /proc/PID/cgroup")
    case .cgroupsOfSeveralHierarchies:
      return .usage("--cgroup: all must be of one hierarchy (version 2, or one of version 1)")
    case .cpuNotOnline(let cpu):
      return .runtime("no CPU \(cpu): it does not exist, or is not online")
    case .noSuchTracepoint(let category, let name):
      return .runtime("no tracepoint \(category):\(name) in this kernel")
    case .tracefsOutOfReach(let step):
      return Failure(
        exitCode: Failure.privilegeCode,
        sentence: "the numbers of tracepoints are out of reach (\(attempt(step))): run it with"
          + " sudo, or mount them: sudo mount -t tracefs tracefs /sys/kernel/tracing")
    case .noProgramFile(let file):
      return .runtime("no program or library \(VisibleText.of(file)) that could have a probe")
    case .noSuchSymbol(let file, let symbol):
      return .runtime(
        "\(VisibleText.of(file)) has no function \(VisibleText.of(symbol)) in its symbol tables")
    case .procOfOtherNamespace:
      return .runtime(
        "/proc shows another pid namespace than this one: mount its own (unshare --mount-proc)")
    case .commandNotExecuted(let command, let code):
      return Failure(
        exitCode: code == ENOENT ? Failure.notFoundCode : Failure.notExecutableCode,
        sentence: code == ENOENT
          ? "cannot run \(VisibleText.of(command)): no such command; is it in PATH?"
          : "cannot run \(VisibleText.of(command)): \(reason(code))")
    case .interpreterMissing(let command):
      return Failure(
        exitCode: Failure.notExecutableCode,
        sentence: "cannot run \(VisibleText.of(command)): the program or loader that its first "
          + "line or header names is not there")
    case .rateAboveLimit(let requested, let limit):
      return .usage(
        "-F \(requested) is above kernel.perf_event_max_sample_rate, which is \(limit) here")
    case .missingPrivilege(let step, let missing):
      return missingPrivilege(step, missing)
    case .refusedByPolicy(let step):
      return Failure(
        exitCode: Failure.privilegeCode,
        sentence:
          "\(attempt(step)) although CAP_BPF and CAP_PERFMON are there: seccomp, an LSM, kernel "
          + "lockdown or the container's policy forbids it; run flameback on the host, or allow "
          + "bpf() and perf_event_open()")
    case .kernelLacks(let feature, let step):
      return Failure(
        exitCode: Failure.kernelCode, sentence: "\(lack(feature)) (\(attempt(step)))")
    case .programRefused(let step, let log):
      let lastWords = log.split(separator: "\n").last.map { "; libbpf says: \($0)" } ?? ""
      return Failure(
        exitCode: Failure.kernelCode,
        sentence: "the kernel refuses the sampling program (\(attempt(step)))"
          + VisibleText.of(lastWords))
    case .system(let step):
      if step.code == EMFILE {
        return .runtime(
          "\(attempt(step)): raise the limit of open files: ulimit -n \(OpenFileLimit.least)")
      }
      return .runtime(attempt(step))
    }
  }

  private static func missingPrivilege(_ step: SystemError, _ missing: [Capability]) -> Failure {
    Failure(
      exitCode: Failure.privilegeCode,
      sentence: "sampling needs \(list(missing)), which this process lacks "
        + "(\(attempt(step))): run it with sudo, or \(grant())")
  }

  /// `CAP_BPF and CAP_PERFMON`
  static func list(_ capabilities: [Capability]) -> String {
    capabilities.map(\.name).joined(separator: " and ")
  }

  /// The command that grants all that is of use, for good: setcap replaces what was granted before.
  static func grantCommand() -> String {
    let all = (Capability.forSampling + Capability.forNames).map { $0.name.lowercased() }
    let file = linkTarget("/proc/self/exe") ?? "flameback"
    return "sudo setcap \(all.joined(separator: ","))+ep \(file)"
  }

  private static func grant() -> String { "grant it once: \(grantCommand())" }

  private static func lack(_ feature: KernelFeature) -> String {
    switch feature {
    case .typeInformation:
      "this kernel has no type information (BTF): it must be built with CONFIG_DEBUG_INFO_BTF=y"
    case .perfEvents: "this kernel has no perf events: it must be built with CONFIG_PERF_EVENTS=y"
    case .hardwareCounters:
      "no such hardware counter here (a virtual machine without a PMU?): -e cpu-clock works "
        + "everywhere"
    case .uprobes: "this kernel has no uprobes: it must be built with CONFIG_UPROBE_EVENTS=y"
    case .bpf: "this kernel cannot run the sampling program: Linux 6.1 or newer is needed"
    }
  }

  static func outputFailure(_ error: SystemError) -> Failure {
    let thing = error.thing == "-" ? "standard output" : error.thing ?? "the output"
    return .output("cannot write \(VisibleText.of(thing)): \(reason(error.code))")
  }

  static func objectFailure(_ reason: AbsenceReason, path: String) -> Failure {
    let words =
      switch reason {
      case .exited, .deleted: "no such file"
      case .denied: "permission denied"
      case .refusedType: "not a regular file, or an empty one"
      case .tooBig: "too big for an object file"
      case .remote: fileIsRemote
      case .corrupt: "not an ELF file of 64 bits, little-endian, or a broken one"
      case .identityDiffers, .tooMany: "it cannot be opened"
      }
    return .runtime("cannot read \(VisibleText.of(path)): \(words)")
  }

  static func limit(_ limit: NamingLimit) -> String {
    switch limit {
    case .packedByZstd: "its debug information is packed by zstd, which is not read"
    case .tooLarge: "it has more debug information than is read: symbols only"
    case .supplementMissing:
      "the file that dwz moved parts of its debug information to is missing: symbols only"
    case .splitMissing: "its .dwo or .dwp files are missing: no inlined frames"
    case .workerCrash: "no names: the process that read its files crashed"
    case .workerTimeout: "reading its debug information took too long: symbols only"
    case .workerMemory: "reading its debug information took too much memory: symbols only"
    case .noSymbols: "it is stripped of its symbols"
    case .codeUntold: "made at run time, and no perf map or jitdump tells of it"
    case .kernelHidden: "the kernel hides the addresses of its functions"
    case .fileExited: "its process ended before the file could be opened"
    case .fileDeleted: "the file is gone"
    case .fileDenied: "no right to open the file"
    case .fileRefused: "not a regular file"
    case .fileTooBig: "too big for an object file"
    case .fileRemote: fileIsRemote
    case .fileCorrupt: "not an ELF file of 64 bits, or a broken one"
    case .fileReplaced: "another file is in its place now"
    case .filesTooMany: "too many open files"
    }
  }

  private static let fileIsRemote =
    "its file system did not answer, or is FUSE and there is no memory for another copy"
  static let addressesInNothing = "addresses in nothing that was known to be mapped"
  static let noSymbolThere = "no symbol covers the code"

  /// Nil where there is nothing to complain of.
  static func fetching(_ outcome: DebugFileServer.Outcome) -> String? {
    switch outcome {
    case .done: nil
    case .abandoned(let found):
      "the servers took too long: \(found) debug files fetched, the rest is left out; the next "
        + "run goes on from there"
    case .noLibrary: "--debuginfod needs libdebuginfod: apt install libdebuginfod1"
    }
  }

  /// - Parameter missing: the capabilities that names need and this process did not have.
  static func note(_ note: SamplingNote, missing: [Capability]) -> String {
    switch note {
    case .filesDenied(let count):
      "program files that could not be opened, whose code has no names: \(count)"
        + remedy(missing.filter { [.sysPtrace, .dacReadSearch].contains($0) })
    case .deletedFilesOutOfReach(let count):
      "program files that were deleted or replaced, and are out of reach: \(count)"
        + remedy(missing.filter { $0 == .checkpointRestore })
    case .processesDenied(let count):
      "processes whose mappings could not be read, and whose stacks are cut: \(count)"
        + remedy(missing.filter { $0 == .sysPtrace })
    case .sideBandRecordsLost(let count):
      "\(grouped(count)) records of mappings and forks were lost; some code may be unnamed"
    case .forksMissed(let count):
      "\(grouped(count)) child processes could not be followed: more than 16,384 at once"
    case .mappingsUntold(let count):
      "\(grouped(UInt64(count))) mappings were too many for the kernel's map; stacks end in their code"
    case .processesForgotten(let count):
      "\(grouped(UInt64(count))) ended processes were forgotten; their code may be unnamed"
    case .stackIDCollisions(let count):
      "\(grouped(count)) stacks met another one under their id; none was merged"
    case .cpusChanged(let count):
      "CPUs went offline or came online (\(count)×); they were sampled while they were there"
    case .cpusRefused(let count):
      "\(count) CPUs came online and could not be sampled: the kernel refused their events"
    case .sampleRateLowered(let before, let after):
      "the kernel lowered kernel.perf_event_max_sample_rate from \(before) to \(after)"
    }
  }

  /// Why the kernel's functions have no names, if they have none.
  static func hiddenKernel(missing: [Capability]) -> String {
    let restriction = KernelSettings.kptrRestrict.map { "kernel.kptr_restrict is \($0)" }
    return "the kernel's functions have no names"
      + (missing.contains(.syslog)
        ? remedy([.syslog])
        : ": \(restriction ?? "/proc/kallsyms cannot be read"); below 2 they have")
  }

  private static func remedy(_ missing: [Capability]) -> String {
    missing.isEmpty
      ? "" : "; for lack of \(list(missing)): run it with sudo, or \(grant())"
  }

  /// What was tried and what came of it: `open /x: Permission denied`.
  private static func attempt(_ error: SystemError) -> String {
    let thing = error.thing.map { " " + VisibleText.of($0) } ?? ""
    return "\(error.operation)\(thing): \(reason(error.code))"
  }

  static func reason(_ code: CInt) -> String { String(cString: strerror(code)) }

  /// `12,345`
  static func grouped(_ number: UInt64) -> String {
    var writer = ByteWriter()
    writer.append(grouped: number)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// `1 sample`, `2,111 samples`
  static func count(_ number: UInt64, _ thing: String) -> String {
    "\(grouped(number)) \(thing)\(number == 1 ? "" : "s")"
  }

  static func fixed(_ value: Double, places: Int) -> String {
    var writer = ByteWriter()
    writer.append(value, places: places)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// `48 KB`, `1.2 MB`, `3.4 GB`
  static func size(_ bytes: UInt64) -> String {
    switch bytes {
    case ..<1_000_000: "\((bytes + 999) / 1000) KB"
    case ..<1_000_000_000: "\(fixed(Double(bytes) / 1e6, places: 1)) MB"
    default: "\(fixed(Double(bytes) / 1e9, places: 1)) GB"
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import ProfileModel
import Sampling
import Symbolization

/// `flameback record`: its options, and what they may not be. What it does is in `RecordRun`.
struct RecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Samples processes, the whole machine or a command, and writes what it found.",
    usage: """
      flameback record -p PID[,PID…] [-d TIME] [-o FILE]…
      flameback record -a [-d TIME] [-o FILE]…
      flameback record --cgroup PATH [-u USER] [--comm NAME] [-t TID] [-C CPUS] [-o FILE]…
      flameback record [-o FILE]… -- COMMAND [ARGUMENT…]
      """,
    discussion: """
      EXAMPLES
        flameback record -p 4711 -d 30 -o flame.svg
            one process and its children for 30 seconds, as a picture
        flameback record -a -d 10 -o all.svg -o all.pb.gz
            everything on the machine, as a picture and for `go tool pprof`
        flameback record -o build.svg -- make -j2
            a command from its first instruction to its end
        flameback record -p 4711 -d 10 -o - | grep malloc
            folded stacks on standard output
        flameback record --cgroup system.slice/nginx.service -C 0-3 -d 10
            a service, on the first four CPUs
        flameback record --comm 'cc1*' -- make -j8
            of a build, only the compilers

      Targets combine: a sample must be wanted by each kind of option that is given (-p, -t, --comm, \
      --cgroup, -u, -C), and is by any one value of it. Without -p or a command they choose from the \
      whole machine. A tick of anything else costs a fraction of a microsecond.

      Ctrl-C ends the sampling and writes the output; a second one abandons it.

      EXIT STATUS
        0    done, also after the first Ctrl-C
        1    failed, or nothing was sampled
        2    usage
        3    a privilege is missing
        4    the kernel lacks a feature
        5    the output could not be written
        6    more was lost than --max-loss
        130  abandoned by a second Ctrl-C
        With -- COMMAND its own status; 126 or 127 if it could not be run.
      """)

  @Option(
    name: [.customShort("p", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("These processes, with their children.", valueName: "pid,…"))
  var pid: [PIDList] = []

  @Flag(name: [.customShort("a"), .customLong("all-cpus")], help: "The whole machine.")
  var wholeMachine = false

  @OptionGroup var filter: FilterArguments

  @Option(
    name: [.customShort("F", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp(
      "Samples per second and CPU, or 'max'. (default: 99)", valueName: "hz"))
  var frequency: Frequency?

  @Option(
    name: [.customShort("c", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp(
      "A sample for every so many events, or nanoseconds of a clock, instead of a rate.",
      valueName: "number"))
  var count: UInt64?

  @Option(
    name: [.customShort("e", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp(
      """
      What is sampled: \(SampledEvent.allNames.joined(separator: ", ")); \
      tracepoint:CATEGORY:NAME; uprobe:FILE:FUNCTION. With ':u' or ':k' in user or kernel mode only. \
      (default: cpu-clock)
      """, valueName: "event"))
  var event: EventArgument?

  @Flag(help: "Allow rates above 4,999 Hz.")
  var highFrequency = false

  @Option(
    name: [.customShort("d", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp(
      "How long: seconds, or with ms, s, m, h. (default: until Ctrl-C or the target's end)",
      valueName: "time"))
  var duration: DurationArgument?

  @Option(
    name: [.customShort("D", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("Sample only after this time, from which -d counts.", valueName: "time"))
  var delay: DurationArgument?

  @Flag(
    name: [.customShort("U"), .long],
    help: "Show user stacks only; every sample stays.")
  var userOnly = false

  @Flag(
    name: [.customShort("K"), .long],
    help: "Show kernel stacks only; every sample stays.")
  var kernelOnly = false

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp(
      """
      Where to, repeatable; the suffix decides the format: \(OutputFormat.allSuffixes). \
      '-' is folded stacks on standard output. (default: flameback-COMM-TIME.svg)
      """, valueName: "file"), completion: .file())
  var output: [String] = []

  @Option(
    name: [.customShort("f", allowingJoined: true), .long],
    help: "The format, whatever the suffix.")
  var format: OutputFormat?

  @Flag(help: "Keep threads of one name apart, in folded stacks and the SVG, too.")
  var perThread = false

  @Flag(help: "Keep CPUs apart: frames at the root, labels in pprof.")
  var perCPU = false

  @Flag(help: "Keep cgroups apart, those of --cgroup's hierarchy, else of version 2.")
  var perCgroup = false

  @Flag(help: "Mark kernel frames _[k], JIT code _[j] and inlined frames _[i] in folded stacks.")
  var annotate = false

  @OptionGroup var picture: PictureArguments

  @OptionGroup var look: LookArguments

  @Option(help: ArgumentHelp("Write the account as JSON.", valueName: "file"), completion: .file())
  var stats: String?

  @Option(
    help: ArgumentHelp("Most samples that may be lost before the exit status says so, in percent."))
  var maxLoss = 1.0

  @Option(
    help: ArgumentHelp(
      "Distinct stacks that there is room for. (default: by rate, CPUs and time)",
      valueName: "count"))
  var maxStacks: Int?

  @Option(
    help: ArgumentHelp(
      "Frames of a user stack at most, up to 2000; deeper ones keep their leaf side. (default: 512)",
      valueName: "frames"))
  var maxDepth: Int?

  @Flag(
    help: """
      Keep when each sample fell: the HTML page gets a heat map and a chart in the order of time, \
      other formats real times.
      """)
  var timeline = false

  @OptionGroup var naming: NamingArguments

  @Option(
    help: ArgumentHelp(
      "Memory for unwind tables, in MB. (default: what the targets seem to need; 59 for -a)",
      valueName: "megabytes"))
  var tableMemory: Int?

  @Flag(help: "With -- COMMAND and -d: leave the command running at the end.")
  var keep = false

  @Flag(help: "With -- COMMAND: do not exit with the command's status.")
  var ignoreExitCode = false

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  @Flag(name: .customShort("g"), help: .hidden)
  var stacksAsInPerf = false

  @Argument(parsing: .postTerminator, help: "A program to start and sample.")
  var command: [String] = []

  func run() throws {
    try RecordRun(plan: plan(), options: options()).run()
  }

  private func plan() throws(Failure) -> SamplingPlan {
    guard !(userOnly && kernelOnly) else {
      throw .usage("-U and -K contradict: each shows what the other hides")
    }
    if let maxStacks, !(1...16_777_216).contains(maxStacks) {
      throw .usage("--max-stacks \(maxStacks): must be 1 to 16777216")
    }
    var plan = SamplingPlan(target: try target(), duration: duration?.nanoseconds)
    plan.event = event?.event ?? .cpuClock
    plan.rate = try rate(of: plan.event)
    plan.delay = delay?.nanoseconds
    plan.splitsCPUs = perCPU
    plan.splitsCgroups = perCgroup
    plan.filter = try filter.filter()
    plan.followsChildren = !filter.noInherit
    guard plan.followsChildren || plan.target != .wholeMachine else {
      throw .usage("--no-inherit goes with -p or a command")
    }
    plan.takesKernelStacks = !userOnly
    plan.takesUserStacks = !kernelOnly
    plan.maximumStacks = maxStacks
    plan.keepsTimes = timeline
    if let tableMemory {
      guard (1...16_384).contains(tableMemory) else {
        throw .usage("--table-memory \(tableMemory): must be 1 to 16384 megabytes")
      }
      plan.tableBudget = tableMemory << 20
    }
    if let maxDepth {
      guard (1...SamplingPlan.depthLimit).contains(maxDepth) else {
        throw .usage("--max-depth \(maxDepth): must be 1 to \(SamplingPlan.depthLimit)")
      }
      plan.maximumDepth = maxDepth
    }
    // For tests of what is hard to provoke.
    plan.stackIDBits = environment("FLAMEBACK_HASH_BITS").flatMap { Int($0) } ?? 64
    plan.maximumTimes = environment("FLAMEBACK_TIMES").flatMap { Int($0) }
    plan.kernelTypesPath = environment("FLAMEBACK_BTF")
    plan.isTrial = environment("FLAMEBACK_TRIAL") != nil
    return plan
  }

  /// A rate, unless a period was asked for; every single hit of what has no other way to be counted.
  private func rate(of event: SampledEvent) throws(Failure) -> SamplingRate {
    guard frequency == nil || count == nil else {
      throw .usage("-F and -c contradict: a rate, or a number of events")
    }
    guard frequency == nil || !event.isHit else {
      throw .usage("-F: \(VisibleText.of(event.name)) has no rate; -c takes every so many")
    }
    if let count {
      guard count > 0 else { throw .usage("-c 0: must be at least 1") }
      let hertz = SamplingRate.period(count).clockHertz
      guard !event.isClock || hertz <= Double(Frequency.ordinaryLimit) || highFrequency else {
        throw .usage(
          "-c \(count): that is more than \(Frequency.ordinaryLimit) Hz, since a clock counts "
            + "nanoseconds; --high-frequency allows it")
      }
      return .period(count)
    }
    if event.isHit { return .period(1) }
    let usual = try (frequency ?? Frequency(argument: "99"))?.resolved(allowingHigh: highFrequency)
    return .frequency(usual ?? 99)
  }

  private func target() throws(Failure) -> Target {
    let kinds = [!pid.isEmpty, wholeMachine, !command.isEmpty].filter { $0 }.count
    guard kinds <= 1 else {
      throw .usage("-p, -a and -- COMMAND contradict: choose one of them")
    }
    if wholeMachine { return .wholeMachine }
    if !command.isEmpty { return .command(RawArguments.last(command.count)) }
    if pid.isEmpty, try filter.filter() != TargetFilter() { return .wholeMachine }
    guard !pid.isEmpty else {
      throw .usage(
        "what shall be sampled? -p PID, -t TID, --comm, --cgroup, -u, -a for the whole machine, or "
          + "-- COMMAND")
    }
    var pids: [Int32] = []
    for pid in pid.flatMap(\.pids) where !pids.contains(pid) { pids.append(pid) }
    return .processes(pids)
  }

  private func options() throws(Failure) -> RecordOptions {
    guard (0...100).contains(maxLoss) else {
      throw .usage("--max-loss \(maxLoss): must be 0 to 100 percent")
    }
    if let stats, output.contains(stats) || (stats == "-" && output.contains("/dev/stdout")) {
      throw .usage("--stats and -o both name \(VisibleText.of(stats))")
    }
    try naming.check()
    var picture = try picture.options()
    try look.apply(to: &picture)
    return RecordOptions(
      destinations: try Destination.list(paths: output, format: format),
      usualFormat: format ?? .svg,
      output: OutputOptions(
        annotate: annotate, keepsThreadsApart: perThread, picture: picture),
      statsPath: stats, maximumLossPercent: maxLoss, keepsCommand: keep,
      ignoresCommandStatus: ignoreExitCode, isQuiet: quiet,
      symbolization: naming.options(usually: .simple), usesServers: naming.debuginfod)
  }

  private func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

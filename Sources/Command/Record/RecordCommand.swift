// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Formats
import ProfileModel
import Sampling
import Symbolization

/// The options of `flameback record`, and their checks. `RecordRun` does the work.
struct RecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Samples processes, the whole machine or a command, and writes the profile.",
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
            the whole machine, as a picture and for `go tool pprof`
        flameback record -o build.svg -- make -j2
            a command from its first instruction to its end
        flameback record -p 4711 -d 10 -o - | grep malloc
            folded stacks on standard output
        flameback record --cgroup system.slice/nginx.service -C 0-3 -d 10
            a service, on the first four CPUs
        flameback record --comm 'cc1*' -- make -j8
            only the compilers of a build

      Filters combine: a sample must match every option that is given (-p, -t, --comm, --cgroup, \
      -u, -C), and matches an option if it matches one of its values. Without -p or a command, \
      filters apply to the whole machine. A timer expiry in code that does not match costs a \
      fraction of a microsecond.

      Ctrl-C ends the sampling and writes the output; while names are sought, another one ends that, \
      and what there is is written. One more abandons the run: no output.

      EXIT STATUS
        0    done, also after the first Ctrl-C
        1    failed, or no samples
        2    usage
        3    a privilege is missing
        4    the kernel lacks a feature
        5    the output could not be written
        6    more samples were lost than --max-loss, or stacks truncated than --max-cut, allows
        130  abandoned by a further Ctrl-C
        With -- COMMAND, the command's status; 126 or 127 if it could not be run.
      """)

  @Option(
    name: [.customShort("p", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Sample these processes and their children.", valueName: "pid,…"))
  var pid: [PIDList] = []

  @Flag(name: [.customShort("a"), .customLong("all-cpus")], help: "Sample the whole machine.")
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
      "Take a sample every this many events (for a clock: nanoseconds), instead of -F.",
      valueName: "number"))
  var count: UInt64?

  @Option(
    name: [.customShort("e", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp(
      """
      The event to sample: \(SampledEvent.allNames.joined(separator: ", ")); \
      tracepoint:CATEGORY:NAME; uprobe:FILE:FUNCTION. A suffix ':u' or ':k' samples user or kernel \
      mode only. (default: cpu-clock)
      """, valueName: "event"))
  var event: EventArgument?

  @Flag(help: "Allow rates above 4,999 Hz.")
  var highFrequency = false

  @Option(
    name: [.customShort("d", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp(
      """
      How long to sample: seconds, or a number with ms, s, m or h. (default: until Ctrl-C or until \
      the target ends)
      """,
      valueName: "time"))
  var duration: DurationArgument?

  @Option(
    name: [.customShort("D", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp(
      "Wait this long before sampling; -d starts afterwards.", valueName: "time"))
  var delay: DurationArgument?

  @Flag(
    name: [.customShort("U"), .long],
    help: "Show user stacks only; all samples are kept.")
  var userOnly = false

  @Flag(
    name: [.customShort("K"), .long],
    help: "Show kernel stacks only; all samples are kept.")
  var kernelOnly = false

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp(
      """
      Output file, repeatable; its suffix sets the format: \(OutputFormat.allSuffixes). \
      '-' and /dev/fd/N write folded stacks to standard output or another open descriptor. \
      (default: flameback-COMM-TIME.svg)
      """, valueName: "file"), completion: .file())
  var output: [String] = []

  @Option(
    name: [.customShort("f", allowingJoined: true), .long],
    help: "The output format, whatever the suffix.")
  var format: OutputFormat?

  @Flag(help: "Keep threads of the same name apart in folded stacks and SVG, too.")
  var perThread = false

  @Flag(help: "Keep CPUs apart: as frames at the root, in pprof as labels.")
  var perCPU = false

  @Flag(help: "Keep cgroups apart, in the hierarchy of --cgroup, or else in version 2's.")
  var perCgroup = false

  @Flag(help: "Mark kernel frames _[k], JIT code _[j] and inlined frames _[i] in folded stacks.")
  var annotate = false

  @OptionGroup var shown: MetricArguments

  @OptionGroup var picture: PictureArguments

  @OptionGroup var look: LookArguments

  @Option(
    help: ArgumentHelp("Write the account of the run as JSON.", valueName: "file"),
    completion: .file())
  var stats: String?

  @Option(
    help: ArgumentHelp(
      "Exit with status 6 if more samples than this are lost, in percent.", valueName: "percent"))
  var maxLoss = 1.0

  @Option(
    help: ArgumentHelp(
      "Exit with status 6 if more user stacks than this are truncated, in percent.",
      valueName: "percent"))
  var maxCut: Double?

  @Option(
    help: ArgumentHelp(
      "Capacity for distinct stacks. (default: from rate, CPUs and time)", valueName: "count"))
  var maxStacks: Int?

  @Option(
    help: ArgumentHelp(
      """
      Frames kept of a user stack, up to 2000; deeper stacks keep their leaf side. (default: 512)
      """,
      valueName: "frames"))
  var maxDepth: Int?

  @Flag(
    help: """
      Keep the time of each sample: the HTML page gets a heat map and a chart in order of time, \
      other formats get timestamps.
      """)
  var timeline = false

  @OptionGroup var naming: NamingArguments

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      How long files may be read for names, all together; code in what is left has the name of its \
      module. (default: 30 s)
      """, valueName: "time"))
  var namingTime: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "Memory for unwind tables, in MB. (default: estimated from the targets; 59 for -a)",
      valueName: "megabytes"))
  var tableMemory: Int?

  @OptionGroup var kernelTypes: KernelTypesArgument

  @Flag(help: "With -- COMMAND and -d: do not end the command at the end of -d.")
  var keep = false

  @Flag(help: "With -- COMMAND: do not exit with the command's status.")
  var ignoreExitCode = false

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false

  @Flag(name: .customShort("g"), help: .hidden)
  var stacksAsInPerf = false

  @Argument(parsing: .postTerminator, help: "The program to start and sample, with its arguments.")
  var command: [String] = []

  /// - Parameter switches: what tests change.
  func run(_ switches: TestSwitches) throws {
    var (plan, options) = (try self.plan(), try self.options())
    switches.apply(to: &plan, &options.symbolization)
    try checkMetric(of: plan)
    try RecordRun(plan: plan, options: options).run()
  }

  private func plan() throws(Failure) -> SamplingPlan {
    guard !(userOnly && kernelOnly) else {
      throw .usage("-U and -K exclude each other")
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
      throw .usage("--no-inherit needs -p or a command")
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
    plan.kernelTypesPath = try kernelTypes.path()
    return plan
  }

  private func checkMetric(of plan: SamplingPlan) throws(Failure) {
    var metric = ShownMetric(named: shown.metric)
    metric.begin(plan.metrics, usual: 0)
    if let problem = metric.problem { throw Words.unshowable(problem) }
  }

  /// The rate or period of sampling. Hits of tracepoints and uprobes are counted one by one unless
  /// -c is given.
  private func rate(of event: SampledEvent) throws(Failure) -> SamplingRate {
    guard frequency == nil || count == nil else {
      throw .usage("-F and -c exclude each other: give a rate, or a number of events")
    }
    guard frequency == nil || !event.isHit else {
      throw .usage(
        "-F: \(VisibleText.of(event.name)) has no rate; -c N takes a sample every N hits")
    }
    if let count {
      guard count > 0 else { throw .usage("-c 0: must be at least 1") }
      let hertz = SamplingRate.period(count).clockHertz
      guard !event.isClock || hertz <= Double(Frequency.ordinaryLimit) || highFrequency else {
        throw .usage(
          "-c \(count): a clock counts nanoseconds, so this is more than "
            + "\(Frequency.ordinaryLimit) Hz; --high-frequency allows it")
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
      throw .usage("-p, -a and -- COMMAND exclude each other: give one of them")
    }
    if wholeMachine { return .wholeMachine }
    if !command.isEmpty { return .command(RawArguments.last(command.count)) }
    if pid.isEmpty, try filter.filter() != TargetFilter() { return .wholeMachine }
    guard !pid.isEmpty else {
      throw .usage(
        "no target given: use -p PID, -t TID, --comm NAME, --cgroup PATH, -u USER, -a for the "
          + "whole machine, or -- COMMAND")
    }
    var pids: [Int32] = []
    for pid in pid.flatMap(\.pids) where !pids.contains(pid) { pids.append(pid) }
    return .processes(pids)
  }

  private func options() throws(Failure) -> RecordOptions {
    guard (0...100).contains(maxLoss) else {
      throw .usage("--max-loss \(maxLoss): must be 0 to 100 (percent)")
    }
    if let maxCut, !(0...100).contains(maxCut) {
      throw .usage("--max-cut \(maxCut): must be 0 to 100 (percent)")
    }
    if let stats, output.contains(where: { OutputName($0) == OutputName(stats) }) {
      throw .usage("--stats and -o name the same file: \(VisibleText.of(stats))")
    }
    try naming.check()
    var picture = try picture.options()
    try look.apply(to: &picture)
    var text = Formats.Options()
    text.annotates = annotate
    text.separatesThreads = perThread
    return RecordOptions(
      destinations: try Destination.list(paths: output, format: format),
      usualFormat: format ?? .svg, metric: shown.metric,
      output: OutputOptions(text: text, picture: picture),
      statsPath: stats, maximumLossPercent: maxLoss, maximumCutPercent: maxCut, keepsCommand: keep,
      ignoresCommandStatus: ignoreExitCode, isQuiet: quiet,
      symbolization: naming.options(defaultStyle: .simple),
      namingTime: namingTime?.nanoseconds ?? 30_000_000_000, usesServers: naming.debuginfod)
  }
}

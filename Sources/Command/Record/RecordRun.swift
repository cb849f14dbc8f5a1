// SPDX-License-Identifier: Apache-2.0

import Formats
import Glibc
import ProfileModel
import Sampling
import Symbolization
import System

/// The options of `record` other than what to sample (which is a `SamplingPlan`).
struct RecordOptions {
  /// Empty: one file with a default name, in `usualFormat`.
  var destinations: [Destination]
  var usualFormat: OutputFormat
  /// The name of the metric to show; nil for the default.
  var metric: String?
  var output: OutputOptions
  /// Where the account is written as JSON; nil for nowhere.
  var statsPath: String?
  /// 0 to 100. More lost samples make the exit code 6.
  var maximumLossPercent: Double
  /// 0 to 100. More truncated stacks make the exit code 6; nil for no such limit.
  var maximumCutPercent: Double?
  /// Whether the command goes on running at the end of `-d`.
  var keepsCommand: Bool
  /// Whether the command's status does not become the exit code.
  var ignoresCommandStatus: Bool
  var isQuiet: Bool
  var symbolization: Symbolizer.Options
  /// The longest time for naming in nanoseconds, without that for fetching debug files.
  var namingTime: UInt64
  /// Whether missing debug files are fetched from debuginfod servers.
  var usesServers: Bool
}

/// One run of `record`: sample, symbolize, write, report; one function for each.
struct RecordRun {
  let plan: SamplingPlan
  let options: RecordOptions

  func run() throws(Failure) {
    let outputs = try openOutputs()
    let time = NamingTime(nanoseconds: options.namingTime)
    let signals = StopSignals.start(naming: time)
    let status = StatusLine(quiet: options.isQuiet)
    let (result, command) = try sample(signals, status)
    StopSignals.samplingHasEnded()
    defer { if !options.keepsCommand { command?.end() } }
    status.clear()

    var naming = options.symbolization.isolated
    naming.time = time
    var symbolizer = Symbolizer(options: naming)
    // Some JIT compilers list their functions when their program ends.
    if let command, !options.keepsCommand, symbolizer.processesWillEnd(in: result.recording) {
      command.end()
    }
    var profile = name(result, &symbolizer, status)
    StopSignals.namingHasEnded()
    status.clear()
    guard !profile.metricsWithValues.isEmpty else { throw nothingSampled(result) }
    let written = try write(&profile, result, to: outputs)
    if !options.isQuiet {
      AccountText(profile: profile, result: result).lines(written: written)
        .forEach(StandardStreams.say)
    }
    try conclude(profile.account, result)
  }

  /// The outputs that were named, open.
  private struct Outputs {
    var destinations: [OpenDestination]
    var stats: OutputFile?
  }

  /// Opens all outputs before sampling, so that a missing folder does not cost a whole recording, and
  /// nothing that another user does meanwhile can change where they go.
  private func openOutputs() throws(Failure) -> Outputs {
    // The name of the only output is not known yet, but its folder is.
    if options.destinations.isEmpty { _ = try OutputFile("flameback.svg") }
    return Outputs(
      destinations: try options.destinations.open(),
      stats: try options.statsPath.map { path throws(Failure) in try OutputFile(path) })
  }

  private func sample(
    _ signals: StopSignals.Start, _ status: StatusLine
  ) throws(Failure) -> (SamplingResult, ChildCommand?) {
    do throws(SamplingError) {
      let sampler = try Sampler(plan, signalMask: signals.originalMask)
      let command = sampler.command
      if command != nil { StopSignals.shareTerminalWithCommand() }
      if !options.isQuiet, !StandardStreams.errorIsTerminal, plan.duration == nil, command == nil {
        StandardStreams.say("flameback: sampling until the target ends or SIGINT comes")
      }
      let result = try sampler.run(
        stop: signals.descriptor, progress: status.samplingProgress(of: plan.duration))
      return (result, command)
    } catch {
      throw Words.failure(error)
    }
  }

  private func name(
    _ result: SamplingResult, _ symbolizer: inout Symbolizer, _ status: StatusLine
  ) -> Profile {
    if options.usesServers {
      let outcome = symbolizer.fetchDebugFiles(
        of: result.recording, objects: result.objects, progress: status.fetchingProgress())
      status.clear()
      if let sentence = Words.fetching(outcome) { StandardStreams.say("flameback: \(sentence)") }
    }
    let profile = symbolizer.profile(
      of: result.recording, objects: result.objects, progress: status.namingProgress())
    if let differences = options.symbolization.differences {
      status.clear()
      for difference in differences.all {
        StandardStreams.say("flameback: \(Words.difference(difference))")
      }
    }
    return options.metric.flatMap(profile.showing) ?? profile
  }

  /// Writes all outputs, the account last, since it contains the cost of writing the others. If one
  /// output fails, the others are still written.
  private func write(
    _ profile: inout Profile, _ result: SamplingResult, to outputs: Outputs
  ) throws(Failure) -> [Written] {
    var written: [Written] = []
    var failures: [Failure] = []
    let named: [OpenDestination?] = outputs.destinations
    for output in named.isEmpty ? [nil] : named {
      do throws(Failure) {
        let destination = if let output { output } else { try usualDestination(profile).open() }
        let writer = options.output.writer(of: destination.format)
        let size = try destination.write { stream throws(WritingError) in
          try writer.write(profile, to: &stream)
        }
        written.append(Written(path: destination.file.path, size: size))
      } catch {
        failures.append(error)
      }
    }
    finishCost(&profile.account.cost, result)
    if let file = outputs.stats {
      do throws(Failure) {
        let bytes = StatsWriter().bytes(session: profile.session, account: profile.account)
        try file.write { stream throws(Failure) in stream.write(bytes) }
      } catch {
        failures.append(error)
      }
    }
    for failure in failures.dropLast() {
      if let sentence = failure.sentence { StandardStreams.say("flameback: \(sentence)") }
    }
    if let last = failures.last { throw last }
    return written
  }

  /// The output of a run without `-o`.
  private func usualDestination(_ profile: Profile) -> Destination {
    .unnamed(
      for: profile, isOfAll: plan.target == .wholeMachine && plan.filter == TargetFilter(),
      format: options.usualFormat)
  }

  private func finishCost(_ cost: inout CostAccount, _ result: SamplingResult) {
    cost.finishCPUSeconds =
      OwnCost.cpuSeconds() - result.cpuSecondsAtStop + cost.workerCPUSeconds
    cost.stopToWrittenSeconds = Double(monotonicNanoseconds() - result.stoppedAt) / 1e9
    cost.maxRSSBytes = OwnCost.peakResidentBytes()
  }

  private func nothingSampled(_ result: SamplingResult) -> Failure {
    if let code = commandFailure(result.end) {
      return Failure(
        exitCode: code,
        sentence: "0 samples: the command ended with status \(code) before the first sample")
    }
    let lost = result.recording.account.samples.totalLost
    if lost > 0 {
      return .runtime(
        "0 samples: all \(Words.grouped(lost)) were lost; raise --max-stacks; nothing was written")
    }
    let reason =
      switch result.end {
      case .targetExited: "the target exited before the first sample"
      case .commandEnded: "the command ended before the first sample"
      case _ where !plan.event.isClock: "the event did not occur"
      case _ where plan.filter != TargetFilter(): "no thread that matches the filter used the CPU"
      case .stopped, .durationOver: "the target used no CPU" + TargetState.words(of: plan.target)
      }
    return .runtime(
      "0 samples of \(VisibleText.of(result.recording.session.target)): \(reason); nothing was "
        + "written")
  }

  /// Throws the failure that decides the exit code. A command's own status comes before a loss.
  private func conclude(_ account: Account, _ result: SamplingResult) throws(Failure) {
    let complaint = complaint(account)
    if let code = commandFailure(result.end) {
      throw Failure(exitCode: code, sentence: complaint?.sentence)
    }
    if let complaint { throw complaint }
  }

  private func complaint(_ account: Account) -> Failure? {
    if let law = account.allLaws.first(where: { !$0.holds }) {
      return .runtime("DEFECT: \(Words.unaccounted(law)); please report this bug")
    }
    return lossComplaint(account.samples) ?? cutComplaint(account.stacks)
  }

  private func lossComplaint(_ samples: SampleAccount) -> Failure? {
    let lost = samples.lostPercent
    guard lost > options.maximumLossPercent else { return nil }
    return Failure(
      exitCode: Failure.lossCode,
      sentence:
        "\(Words.fixed(lost, places: 2)) % of the samples were lost, more than --max-loss "
        + "\(Words.fixed(options.maximumLossPercent, places: 2)); "
        + "raise --max-stacks, or lower -F")
  }

  private func cutComplaint(_ stacks: StackAccount) -> Failure? {
    let cut = stacks.truncatedPercent
    guard let limit = options.maximumCutPercent, cut > limit else { return nil }
    return Failure(
      exitCode: Failure.lossCode,
      sentence:
        "\(Words.fixed(cut, places: 2)) % of the user stacks are truncated, more than --max-cut "
        + "\(Words.fixed(limit, places: 2))")
  }

  /// The status of a command that failed, as a shell reports it: 128 + N after signal N. Nil if it
  /// succeeded, or if it ended by a stop signal after flameback got one, too. Some programs, such
  /// as shells, turn that signal into the exit status 128 + N themselves.
  private func commandFailure(_ end: SamplingEnd) -> CInt? {
    guard case .commandEnded(let status) = end, !options.ignoresCommandStatus else { return nil }
    let signal = status & 0x7f
    let code = signal == 0 ? (status >> 8) & 0xff : 128 + signal
    if StopSignals.wasReceived, signal != 0 || StopSignals.all.contains(code - 128) { return nil }
    return code == 0 ? nil : code
  }
}

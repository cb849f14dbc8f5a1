// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Gives names to what was sampled: `Recording` ─► `Profile`.
///
/// An address is looked up in what its process had mapped while the sample was taken, in the very
/// file that was mapped. Where either is not certain, there is no name.
public struct Symbolizer {
  public struct Options: Sendable {
    public var demangling = DemanglingStyle.simple
    /// Whether inlined calls become frames.
    public var followsInlines = true
    /// Absolute folders with separate debug files, in the layout of `/usr/lib/debug`.
    public var debugRoots = ["/usr/lib/debug"]
    /// Folders of libdebuginfod, with what was fetched.
    var debugCaches: [String] = []
    /// Files with more debug information than this, in bytes, are named by their symbols alone.
    public var debugLimit: UInt64 = 512 << 20
    /// Whether files are read by a worker process without rights, so that a hostile one costs its own
    /// names at most. Only for programs that begin with `WorkerService.runIfStartedAsWorker`.
    public private(set) var isolatesFiles = false
    /// Whether the outermost function of an address is called as the symbol table has it: there,
    /// `f.cold` is told apart from `f`.
    var prefersSymbols = false

    public init() {}

    /// - Parameters:
    ///   - extraDebugFolders: searched before the usual one, also for files that lie in them directly.
    ///   - usesServers: whether files may come from debuginfod's servers; see `fetchDebugFiles`.
    public init(
      demangling: DemanglingStyle, followsInlines: Bool, extraDebugFolders: [String],
      usesServers: Bool = false
    ) {
      self.demangling = demangling
      self.followsInlines = followsInlines
      debugRoots = extraDebugFolders + debugRoots
      if usesServers { debugCaches = DebugFileServer.cacheFolder.map { [$0] } ?? [] }
    }

    /// The same, with files read by a worker process, which has less memory than we have.
    public var isolated: Options {
      var options = self
      options.isolatesFiles = true
      options.debugLimit = min(debugLimit, WorkerMemory.debugLimit)
      return options
    }
  }

  let options: Options

  public init(options: Options = Options()) {
    self.options = options
  }

  /// Names everything, and completes the account with how well that went.
  ///
  /// - Parameters:
  ///   - objects: the files behind `recording.objects`; one that is absent gives `module+0xoffset`.
  ///   - progress: called with the number of files that are done, and of all.
  public func profile(
    of recording: Recording, objects: HeldObjects, progress: ((Int, Int) -> Void)? = nil
  ) -> Profile {
    var builder = ProfileBuilder(recording)
    let spaces = recording.processes.map { AddressSpace($0.mappings) }
    let located = recording.samples.map { places(of: $0, in: recording, spaces) }

    let costs = ModuleNamer.Costs()
    let symbolizer = ModuleSymbolizer(debugFiles: DebugFiles(options), options: options)
    let distinct = Set(located.joined())
    let jit = JITFrames(
      Set(distinct.compactMap(\.code)), of: recording, ModuleNamer(symbolizer, costs: costs))
    let others = distinct.filter { location in !(location.code.map(jit.isNamed) ?? false) }
    var user = UserFrames(
      recording, objects: objects, symbolizer: symbolizer, limitsOfCode: jit.limits)
    user.resolve(Set(others.compactMap(\.place)), in: &builder, costs, progress: progress)
    builder.add(costs)

    var kernel = KernelFrames(recording.kernelSymbols)
    for (sample, places) in zip(recording.samples, located) {
      var frames: [Int] = []
      if let index = sample.kernelStack {
        for (depth, frame) in recording.stacks[index].frames.enumerated() {
          guard case .address(let address) = frame else { continue }
          frames.append(kernel.frame(at: RawStack.call(address, depth), in: &builder))
        }
      }
      for place in places {
        if let frame = place.code.flatMap({ jit.frame(at: $0, in: &builder) }) {
          frames.append(frame)
        } else if let place = place.place {
          frames += user[place]
        } else {
          frames.append(UserFrames.unknownFrame(in: &builder))
        }
      }
      let reach = sample.userStack.flatMap { recording.stacks[$0].reach }
      var stack = Stack(frames: frames)
      if case .truncated(let reason)? = reach { stack.truncation = reason }
      builder.add(
        Sample(
          process: sample.process, threadID: sample.threadID, comm: sample.comm,
          stack: builder.index(of: stack), count: sample.count, weight: sample.weight,
          times: sample.times, group: sample.group),
        reach: reach)
    }
    builder.countLimits()
    return builder.profile
  }

  /// Where a user stack passes through.
  private struct Location: Hashable {
    /// Nil where no mapping explains it.
    var place: AddressSpace.Place?
    /// Of code without a file: its maker may tell its name.
    var code: JITFrames.Place?
  }

  private func places(
    of sample: RecordedSample, in recording: Recording, _ spaces: [AddressSpace]
  ) -> [Location] {
    guard let stack = sample.userStack else { return [] }
    let space = spaces[sample.process]
    return recording.stacks[stack].frames.enumerated().map { depth, frame in
      var location = Location()
      switch frame {
      case .address(let returnAddress):
        let moment = JITMoment(
          address: RawStack.call(returnAddress, depth), first: sample.firstSeen,
          last: sample.lastSeen)
        location.place = space.place(
          of: moment.address, first: moment.first, last: moment.last)
        if let object = location.place?.object, recording.objects.indices.contains(object),
          recording.objects[object].kind == .anonymous
        {
          location.code = JITFrames.Place(process: sample.process, moment: moment)
        }
      case .place(let object, let fileOffset, let isInterrupted):
        location.place = AddressSpace.Place(
          object: object,
          fileOffset: isInterrupted || fileOffset == 0 ? fileOffset : fileOffset - 1,
          isLow: false)
      }
      if let place = location.place, !recording.objects.indices.contains(place.object) {
        location.place = nil
      }
      return location
    }
  }
}

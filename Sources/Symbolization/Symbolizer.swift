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
    /// Files with more debug information than this, in bytes, are named by their symbols alone.
    public var debugLimit: UInt64 = 512 << 20
    /// Whether files are read by a worker process without rights, so that a hostile one costs its own
    /// names at most. Only for programs that begin with `WorkerService.runIfStartedAsWorker`.
    public private(set) var isolatesFiles = false
    /// Whether the outermost function of an address is called as the symbol table has it: there,
    /// `f.cold` is told apart from `f`.
    var prefersSymbols = false

    public init() {}

    /// - Parameter extraDebugFolders: searched before the usual one, also for files that lie in them
    ///   directly.
    public init(demangling: DemanglingStyle, followsInlines: Bool, extraDebugFolders: [String]) {
      self.demangling = demangling
      self.followsInlines = followsInlines
      debugRoots = extraDebugFolders + debugRoots
    }

    /// The same, with files read by a worker process, which has less memory than we have.
    public var isolated: Options {
      var options = self
      options.isolatesFiles = true
      options.debugLimit = min(debugLimit, WorkerMemory.debugLimit)
      return options
    }
  }

  private let options: Options

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
    let usesKernel = recording.samples.contains { $0.kernelStack != nil }
    return profile(
      of: recording, objects: objects,
      kernel: usesKernel ? .running() : KernelSymbols([]), progress: progress)
  }

  func profile(
    of recording: Recording, objects: HeldObjects, kernel: KernelSymbols,
    progress: ((Int, Int) -> Void)? = nil
  ) -> Profile {
    var builder = ProfileBuilder(recording)
    let spaces = recording.processes.map { AddressSpace($0.mappings) }
    var jit = JITFrames(recording)
    let located = recording.samples.map { places(of: $0, in: recording, spaces, &jit) }

    var user = UserFrames(
      recording, objects: objects,
      symbolizer: ModuleSymbolizer(
        debugFiles: DebugFiles(roots: options.debugRoots), options: options))
    let costs = ModuleNamer.Costs()
    user.resolve(Set(located.joined().compactMap(\.place)), in: &builder, costs, progress: progress)
    builder.add(costs)

    var kernel = KernelFrames(kernel)
    for (sample, places) in zip(recording.samples, located) {
      var frames: [Int] = []
      if let index = sample.kernelStack {
        for (depth, frame) in recording.stacks[index].frames.enumerated() {
          guard case .address(let address) = frame else { continue }
          frames.append(kernel.frame(at: Self.call(address, depth), in: &builder))
        }
      }
      for place in places {
        switch place {
        case .place(let place): frames += user[place]
        case .jit(let place): frames.append(JITFrames.frame(place, in: &builder))
        case .unknown: frames.append(UserFrames.unknownFrame(in: &builder))
        }
      }
      let reach = sample.userStack.flatMap { recording.stacks[$0].reach }
      var stack = Stack(frames: frames)
      if case .truncated(let reason)? = reach { stack.truncation = reason }
      var named = Sample(
        process: sample.process, threadID: sample.threadID, comm: sample.comm,
        stack: builder.index(of: stack), count: sample.count, weight: sample.weight)
      named.group = sample.group
      builder.add(named, reach: reach)
    }
    return builder.profile
  }

  /// Where a user stack passes through.
  private enum Location {
    case place(AddressSpace.Place)
    /// In code without a file, whose maker has told its name.
    case jit(JITFrames.Place)
    /// No mapping explains it.
    case unknown

    var place: AddressSpace.Place? {
      if case .place(let place) = self { place } else { nil }
    }
  }

  private func places(
    of sample: RecordedSample, in recording: Recording, _ spaces: [AddressSpace],
    _ jit: inout JITFrames
  ) -> [Location] {
    guard let stack = sample.userStack else { return [] }
    let space = spaces[sample.process]
    return recording.stacks[stack].frames.enumerated().map { depth, frame in
      let place: AddressSpace.Place?
      switch frame {
      case .address(let returnAddress):
        let address = Self.call(returnAddress, depth)
        place = space.place(of: address, first: sample.firstSeen, last: sample.lastSeen)
        if let object = place?.object, recording.objects.indices.contains(object),
          recording.objects[object].kind == .anonymous,
          let named = jit.place(
            of: address, process: sample.process, first: sample.firstSeen, last: sample.lastSeen)
        {
          return .jit(named)
        }
      case .place(let object, let fileOffset, let isInterrupted):
        place = AddressSpace.Place(
          object: object,
          fileOffset: isInterrupted || fileOffset == 0 ? fileOffset : fileOffset - 1,
          isLow: false)
      }
      guard let place, recording.objects.indices.contains(place.object) else { return .unknown }
      return .place(place)
    }
  }

  /// A return address lies behind its call, which may be the last instruction of a function: all
  /// but the leaf are moved onto the call.
  private static func call(_ address: UInt64, _ depth: Int) -> UInt64 {
    depth == 0 || address == 0 ? address : address - 1
  }
}

// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Gives names to what was sampled: `Recording` ─► `Profile`.
///
/// An address is looked up in what its process had mapped while the sample was taken, in the very
/// file that was mapped. Where either is not certain, there is no name.
public struct Symbolizer {
  public struct Options: Sendable {
    /// Absolute folders with separate debug files, in the layout of `/usr/lib/debug`.
    public var debugRoots = ["/usr/lib/debug"]
    /// Files with more debug information than this, in bytes, are named by their symbols alone.
    public var debugLimit: UInt64 = 512 << 20
    /// False if the sampler did not ask for user stacks, so that none is missing.
    public var collectedUserStacks = true

    public init() {}
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
    let located = recording.samples.map { places(of: $0, in: recording, spaces) }

    var user = UserFrames(
      recording, objects: objects,
      symbolizer: ModuleSymbolizer(
        debugFiles: DebugFiles(roots: options.debugRoots), debugLimit: options.debugLimit,
        demangler: Demangler()))
    user.resolve(Set(located.joined().compactMap { $0 }), in: &builder, progress: progress)

    var kernel = KernelFrames(kernel)
    for (sample, places) in zip(recording.samples, located) {
      var frames: [Int] = []
      if let index = sample.kernelStack {
        for (depth, address) in recording.stacks[index].addresses.enumerated() {
          frames.append(kernel.frame(at: Self.call(address, depth), in: &builder))
        }
      }
      for place in places {
        if let place {
          frames += user[place]
        } else {
          frames.append(UserFrames.unknownFrame(in: &builder))
        }
      }
      let wantsUserStack = options.collectedUserStacks && !sample.isKernelThread
      let stack = Stack(
        frames: frames,
        truncation: wantsUserStack
          ? truncation(of: sample, outermost: frames.last, recording, builder.profile) : nil)
      builder.add(
        Sample(
          process: sample.process, threadID: sample.threadID, comm: sample.comm,
          stack: builder.index(of: stack), count: sample.count, weight: sample.weight),
        wantsUserStack: wantsUserStack)
    }
    return builder.profile
  }

  /// Where the user stack of a sample passes through; nil for what no mapping explains.
  private func places(
    of sample: RecordedSample, in recording: Recording, _ spaces: [AddressSpace]
  ) -> [AddressSpace.Place?] {
    guard let stack = sample.userStack else { return [] }
    let space = spaces[sample.process]
    return recording.stacks[stack].addresses.enumerated().map { depth, address in
      var place = space.place(
        of: Self.call(address, depth), first: sample.firstSeen, last: sample.lastSeen)
      if let object = place?.object, !recording.objects.indices.contains(object) { place = nil }
      return place
    }
  }

  private func truncation(
    of sample: RecordedSample, outermost: Int?, _ recording: Recording, _ profile: Profile
  ) -> Truncation? {
    guard let index = sample.userStack, !recording.stacks[index].addresses.isEmpty,
      let outermost
    else { return .unreadable }
    let frame = profile.frames[outermost]
    return StackReach.truncation(
      of: recording.stacks[index],
      outermost: frame.naming == .named ? profile.functions[frame.function].systemName : nil)
  }

  /// A return address lies behind its call, which may be the last instruction of a function: all
  /// but the leaf are moved onto the call.
  private static func call(_ address: UInt64, _ depth: Int) -> UInt64 {
    depth == 0 || address == 0 ? address : address - 1
  }
}

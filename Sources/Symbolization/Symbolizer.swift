// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// A symbolizer: it makes a `Profile` with names out of a `Recording` with addresses.
///
/// An address is looked up in what its process had mapped when the sample was taken, in the very
/// file that was mapped. If the mapping or the file is not certain, the address gets no name.
///
/// Create one for each sampler, and use it for all recordings of that sampler. It keeps the names
/// that it found in files, so that later recordings only take time for new addresses. When these are
/// more than half a million frames, it forgets them before the next recording.
package struct Symbolizer {
  let options: Options
  private var namers: [any Namer]
  private var names = NameTable()
  /// The number of frames above which names are forgotten. A frame takes some 200 bytes.
  private let mostFrames: Int

  /// Creates a symbolizer, without reading any file yet.
  ///
  /// - Parameter options: How names are found and written.
  package init(options: Options = Options()) {
    self.init(options: options, namers: Self.namers(options))
  }

  init(options: Options, namers: [any Namer], mostFrames: Int = 500_000) {
    self.options = options
    self.namers = namers
    self.mostFrames = mostFrames
  }

  /// All namers. A location is named by the first that accepts it.
  static func namers(_ options: Options) -> [any Namer] {
    let symbolizer = ModuleSymbolizer(debugFiles: DebugFiles(options), options: options)
    return [
      KernelNamer(),
      JITNamer(symbolizer: symbolizer),
      FileNamer(symbolizer),
      UnmappedNamer(),
    ]
  }

  /// Prepares for the end of processes that run still: what leads to the names of their code is
  /// opened, as far as it can only be reached while they run. Call it before `profile(of:objects:)`.
  ///
  /// - Parameter recording: The recording whose processes will end.
  /// - Returns: Whether more names may be known once they have ended: some JIT compilers list their
  ///   functions only then.
  package mutating func processesWillEnd(in recording: Recording) -> Bool {
    var isLate = false
    for namer in namers.indices where namers[namer].processesWillEnd(in: recording) {
      isLate = true
    }
    return isLate
  }

  /// Names the frames of all samples of a recording, and adds to the account how complete the names
  /// are.
  ///
  /// - Parameters:
  ///   - recording: The samples, with the stacks, processes and objects that they refer to.
  ///   - objects: The open files of `recording.objects`. Frames in a file that is not open are
  ///     named `module+0xaddress`.
  ///   - progress: A closure that is called with the number of files that are done and the number
  ///     of all files to read; nil for no reports.
  /// - Returns: The profile with names.
  package mutating func profile(
    of recording: Recording, objects: HeldObjects,
    progress: ((_ done: Int, _ count: Int) -> Void)? = nil
  ) -> Profile {
    if names.frames.count > mostFrames { forgetNames() }
    options.time?.begin()
    let costs = WorkerCosts()
    let locations = SampledLocations(of: recording)
    let frames = frames(
      at: locations.all,
      in: NamingContext(of: recording, files: objects, costs: costs, progress: progress))
    var assembler = ProfileAssembler(recording, names: names, frames: frames)
    for (sample, locations) in zip(recording.samples, locations.bySample) {
      assembler.add(
        sample, at: locations, reach: sample.userStack.flatMap { recording.stacks[$0].reach })
    }
    return assembler.finished(costs)
  }

  private mutating func forgetNames() {
    names = NameTable()
    for namer in namers.indices { namers[namer].forgetNames() }
  }

  /// For each location the indices in `names.frames` of its frames, innermost first.
  private mutating func frames(at locations: [Location], in context: NamingContext) -> [[Int]] {
    var frames = [[Int]](repeating: [], count: locations.count)
    var rest = Array(locations.indices)
    for namer in namers.indices {
      let accepted = rest.filter { namers[namer].accepts(locations[$0]) }
      guard !accepted.isEmpty else { continue }
      if accepted.count < rest.count {
        rest.removeAll { namers[namer].accepts(locations[$0]) }
      } else {
        rest = []
      }
      let found = namers[namer].frames(at: accepted.map { locations[$0] }, in: context, &names)
      for (index, chain) in zip(accepted, found) { frames[index] = chain }
    }
    return frames
  }
}

// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Names one kind of location: the kernel's, those in files, those in generated code.
///
/// `Symbolizer` holds a list of namers. It collects the distinct locations of a recording and gives
/// each to the first namer of the list that accepts it, in one batch a namer. A further kind of
/// location is one file with a namer and one line in `Symbolizer.namers`.
///
/// A namer lives over several recordings of one sampler, and may keep what it found, until
/// `forgetNames` is called. It does not know how a location was sampled: samples, stacks and events are not in its context.
protocol Namer {
  /// Whether this namer names such a location.
  func accepts(_ location: Location) -> Bool

  /// The frames at each location.
  ///
  /// - Parameters:
  ///   - locations: distinct, in an order that depends on the recording only; all are accepted.
  ///   - context: what else is known of the recording.
  ///   - names: takes the modules, functions and frames that were found. `Frame.naming` says how
  ///     good a name is, `Module.limits` why names are missing.
  /// - Returns: indices in `names.frames`, innermost first, at least one for each location. Where
  ///   there is no name, the frame of the module, or of `[unknown]`.
  mutating func frames(
    at locations: [Location], in context: NamingContext, _ names: inout NameTable
  ) -> [[Int]]

  /// Called before processes of a recording end that run still, and before `frames` is called for
  /// that recording: opens what leads to names and can only be reached while they run.
  ///
  /// - Returns: whether `frames` may know more once they have ended.
  mutating func processesWillEnd(in recording: Recording) -> Bool

  /// Called before `frames` when the table of names begins anew: indices that were kept are not valid
  /// any more.
  mutating func forgetNames()
}

extension Namer {
  mutating func forgetNames() {}

  mutating func processesWillEnd(in _: Recording) -> Bool { false }
}

/// What a namer may know of a recording.
struct NamingContext {
  /// Processes with what they had mapped, and when.
  let processes: [RecordedProcess]
  /// What `ObjectLocation.object` is the index of.
  let objects: [MappedObject]
  /// The open files behind `objects`.
  let files: HeldObjects
  /// The kernel's functions at the addresses that were sampled.
  let kernelSymbols: KernelSymbols
  /// Takes what worker processes have used.
  let costs: WorkerCosts
  /// Called with the number of files that are done, and of all.
  let progress: ((_ done: Int, _ count: Int) -> Void)?

  init(
    of recording: Recording, files: HeldObjects, costs: WorkerCosts,
    progress: ((_ done: Int, _ count: Int) -> Void)? = nil
  ) {
    processes = recording.processes
    objects = recording.objects
    kernelSymbols = recording.kernelSymbols
    self.files = files
    self.costs = costs
    self.progress = progress
  }
}

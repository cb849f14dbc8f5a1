// SPDX-License-Identifier: Apache-2.0

/// The conditions that samples must meet to pass a filter, and the parts of their stacks that are
/// kept. By default everything passes.
package struct SampleSelection: Sendable {
  /// A function that returns whether the name of a frame or thread matches.
  package typealias NameTest = @Sendable (String) -> Bool

  /// Tests, at most 64, of which each must match the name of at least one frame of a sample's
  /// stack, or that of its thread, for the sample to pass.
  package var including: [NameTest] = []
  /// Tests of which none may match the name of a frame of a sample's stack, or that of its thread,
  /// for the sample to pass.
  package var excluding: [NameTest] = []
  /// The ids of the processes whose samples pass, as the input has them; if empty, those of all
  /// processes do. Samples of an unknown process only pass if this set is empty.
  package var processIDs: Set<Int32> = []
  /// The ids of the threads whose samples pass, as the input has them; if empty, those of all
  /// threads do. Samples of an unknown thread only pass if this set is empty.
  package var threadIDs: Set<Int32> = []
  /// The exact names of the threads whose samples pass; if empty, those of all threads do.
  package var threadNames: Set<String> = []
  /// The span of time whose samples pass, in nanoseconds since the start of the recording; nil lets
  /// samples of all times pass, and those without a time.
  package var times: Range<UInt64>?
  /// The test for the frame that becomes the root: stacks lose the callers of the outermost frame
  /// that matches, and samples without such a frame do not pass. Nil keeps stacks whole.
  package var root: NameTest?
  /// Whether the consecutive frames of a function that calls itself become one frame.
  package var collapsesRecursion = false

  /// Creates a selection that lets everything pass unchanged.
  package init() {}

  /// Whether all samples pass unchanged, so that no filter is needed.
  package var isEverything: Bool {
    including.isEmpty && excluding.isEmpty && processIDs.isEmpty && threadIDs.isEmpty
      && threadNames.isEmpty && times == nil && root == nil && !collapsesRecursion
  }
}

/// A sink that passes only selected samples on to another sink.
///
/// Each test is called once for each distinct frame. `including` and `excluding` also test the
/// names of threads. In inputs that have no threads, as in folded stacks, `threadNames` tests the
/// first frame.
package struct SampleFilter<Next: SampleSink>: SampleSink {
  private struct Traits {
    /// A bit for each of `including`, up to 64 of them.
    var included: UInt64
    var isExcluded: Bool
    var isRoot: Bool
    var isNamedThread: Bool
    /// Equal for equal names in equal modules, by which recursion is recognized.
    var identity: Int32
  }

  /// The sink that gets the samples that pass.
  package private(set) var next: Next
  /// The number of samples that did not pass. If the input has no metric that counts samples, it is
  /// the sum of these samples' values in the input's default metric.
  package private(set) var filtered: UInt64 = 0
  /// Whether at least one sample so far had a time. Always false if the selection has no `times`.
  package private(set) var hasMetTimes = false
  /// The index of the metric that counts samples, or of the input's default.
  private var counted = 0
  private let selection: SampleSelection
  private let all: UInt64
  private var frames: [Int32: Traits] = [:]
  private var threads: [Int32: (traits: Traits, description: ThreadDescription)] = [:]
  private var identities: [Identity: Int32] = [:]
  private var path: [Int32] = []

  private struct Identity: Hashable {
    var name: String
    var module: String
  }

  /// Creates a filter in front of a sink.
  ///
  /// - Parameters:
  ///   - next: The sink that gets the samples that pass.
  ///   - selection: The conditions for samples to pass; it has at most 64 tests in `including`.
  package init(_ next: Next, _ selection: SampleSelection) {
    self.next = next
    self.selection = selection
    all = selection.including.isEmpty ? 0 : UInt64.max >> UInt64(64 - selection.including.count)
  }

  package mutating func begin(_ metrics: [Metric], usual: Int) {
    counted = metrics.firstIndex(where: \.countsSamples) ?? usual
    next.begin(metrics, usual: usual)
  }

  package mutating func expect(textOf bytes: Int) { next.expect(textOf: bytes) }

  package mutating func number(of frame: FrameDescription) -> Int32 {
    let number = next.number(of: frame)
    let identity = Identity(name: frame.function.name, module: frame.module.path)
    let known = identities[identity] ?? Int32(identities.count)
    identities[identity] = known
    frames[number] = traits(of: frame.function.name, identity: known)
    return number
  }

  package mutating func number(of thread: ThreadDescription) -> Int32 {
    let number = next.number(of: thread)
    threads[number] = (traits(of: thread.name, identity: -1), thread)
    return number
  }

  private func traits(of name: String, identity: Int32) -> Traits {
    var included: UInt64 = 0
    for (bit, test) in selection.including.enumerated() where test(name) { included |= 1 << bit }
    return Traits(
      included: included, isExcluded: selection.excluding.contains { $0(name) },
      isRoot: selection.root?(name) ?? false,
      isNamedThread: selection.threadNames.contains(name), identity: identity)
  }

  package mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues, times: [UInt64]
  ) {
    if let range = selection.times {
      hasMetTimes = hasMetTimes || !times.isEmpty
      let within = times.filter(range.contains)
      let count = values[counted]
      let passing = min(count, UInt64(within.count))
      filtered = filtered.addingReportingOverflow(count - passing).partialValue
      if passing == 0 { return }
      addAnyTime(thread, truncation, path, share(passing, of: count, values), within)
    } else {
      addAnyTime(thread, truncation, path, values, times)
    }
  }

  /// Each value's share of so many of the samples.
  private func share(_ part: UInt64, of count: UInt64, _ values: SampleValues) -> SampleValues {
    if part == count { return values }
    return SampleValues(
      values.all.map { count.dividingFullWidth($0.multipliedFullWidth(by: part)).quotient })
  }

  private mutating func addAnyTime(
    _ thread: Int32, _ truncation: Truncation?, _ path: [Int32], _ values: SampleValues,
    _ times: [UInt64]
  ) {
    guard passes(thread, path), let start = start(of: path) else {
      filtered = filtered.addingReportingOverflow(values[counted]).partialValue
      return
    }
    if !selection.collapsesRecursion && start == 0 {
      return next.add(
        thread: thread, truncation: truncation, path: path, values: values, times: times)
    }
    self.path.removeAll(keepingCapacity: true)
    var last: Int32 = -1
    for frame in path[start...] {
      let identity = frames[frame]?.identity ?? -1
      if selection.collapsesRecursion && identity == last && identity >= 0 { continue }
      last = identity
      self.path.append(frame)
    }
    // What was cut off at the root is above the root that was asked for.
    next.add(
      thread: thread, truncation: selection.root == nil ? truncation : nil, path: self.path,
      values: values, times: times)
  }

  private func passes(_ thread: Int32, _ path: [Int32]) -> Bool {
    let known = threads[thread]
    if !selection.processIDs.isEmpty {
      guard let known, selection.processIDs.contains(known.description.processID) else {
        return false
      }
    }
    if !selection.threadIDs.isEmpty {
      guard let known, selection.threadIDs.contains(known.description.threadID) else {
        return false
      }
    }
    if !selection.threadNames.isEmpty {
      let named = known?.traits ?? path.first.flatMap { frames[$0] }
      guard named?.isNamedThread == true else { return false }
    }
    var included = known?.traits.included ?? 0
    if known?.traits.isExcluded == true { return false }
    if all == 0 && selection.excluding.isEmpty { return true }
    for frame in path {
      guard let traits = frames[frame] else { continue }
      if traits.isExcluded { return false }
      included |= traits.included
    }
    return included == all
  }

  private func start(of path: [Int32]) -> Int? {
    if selection.root == nil { return 0 }
    return path.firstIndex { frames[$0]?.isRoot == true }
  }
}

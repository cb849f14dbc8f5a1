// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The distinct locations of a recording, and those of each sample.
struct SampledLocations {
  /// In the order in which samples pass through them first.
  private(set) var all: [Location] = []
  /// For each sample the indices in `all` of its frames: kernel frames before user frames, each from
  /// the leaf to the root.
  private(set) var bySample: [[Int32]] = []

  private var indices: [Location: Int32] = [:]
  /// Indices of stacks whose locations do not depend on the process and the time: those of the kernel,
  /// and those that the BPF program found in objects.
  private var byStack: [Int: [Int32]] = [:]

  /// With five-level page tables; a lower half of 2⁴⁷ bytes without.
  private static let endOfAddresses: UInt64 = 1 << 57

  init(of recording: Recording) {
    let spaces = recording.processes.map { AddressSpace($0.mappings) }
    bySample.reserveCapacity(recording.samples.count)
    for sample in recording.samples {
      var frames: [Int32] = []
      if let stack = sample.kernelStack {
        frames = kernelFrames(ofStack: stack, in: recording)
      }
      if let stack = sample.userStack {
        frames += userFrames(ofStack: stack, sample, spaces[sample.process], in: recording)
      }
      bySample.append(frames)
    }
  }

  private mutating func index(of location: Location) -> Int32 {
    if let index = indices[location] { return index }
    let index = Int32(all.count)
    indices[location] = index
    all.append(location)
    return index
  }

  private mutating func kernelFrames(ofStack stack: Int, in recording: Recording) -> [Int32] {
    if let frames = byStack[stack] { return frames }
    var frames: [Int32] = []
    for (depth, frame) in recording.stacks[stack].frames.enumerated() {
      guard case .address(let address) = frame else { continue }
      frames.append(index(of: .kernel(RawStack.call(address, depth))))
    }
    byStack[stack] = frames
    return frames
  }

  private mutating func userFrames(
    ofStack stack: Int, _ sample: RecordedSample, _ space: AddressSpace, in recording: Recording
  ) -> [Int32] {
    if let frames = byStack[stack] { return frames }
    var isFixed = true
    let frames = recording.stacks[stack].frames.enumerated().map { depth, frame in
      switch frame {
      case .address(let address):
        isFixed = false
        if address >= Self.endOfAddresses {
          return index(of: .word(address, process: sample.process))
        }
        let timed = TimedAddress(
          address: RawStack.call(address, depth), first: sample.firstSeen, last: sample.lastSeen)
        return index(
          of: location(
            of: ProcessAddress(process: sample.process, timed: timed), space, recording.objects))
      case .place(let object, let fileOffset, let isInterrupted):
        let location = ObjectLocation(
          object: object,
          fileOffset: isInterrupted || fileOffset == 0 ? fileOffset : fileOffset - 1,
          isLow: false)
        if recording.objects.indices.contains(object) { return index(of: .object(location)) }
        isFixed = false
        return index(
          of: .unmapped(
            ProcessAddress(
              process: sample.process, timed: TimedAddress(address: 0, first: 0, last: 0))))
      }
    }
    if isFixed { byStack[stack] = frames }
    return frames
  }

  private func location(
    of address: ProcessAddress, _ space: AddressSpace, _ objects: [MappedObject]
  ) -> Location {
    let timed = address.timed
    guard
      let location = space.location(of: timed.address, first: timed.first, last: timed.last),
      objects.indices.contains(location.object)
    else { return .unmapped(address) }
    return objects[location.object].kind == .anonymous
      ? .generatedCode(address) : .object(location)
  }
}

// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Frames of user space, by place: a batch of places a file.
struct UserFrames {
  private let recording: Recording
  private let objects: HeldObjects
  private let symbolizer: ModuleSymbolizer
  /// Why code without a file has no name.
  private let limitsOfCode: [NamingLimit]
  /// Innermost first.
  private var frames: [AddressSpace.Place: [Int]] = [:]

  init(
    _ recording: Recording, objects: HeldObjects, symbolizer: ModuleSymbolizer,
    limitsOfCode: [NamingLimit]
  ) {
    self.limitsOfCode = limitsOfCode
    self.recording = recording
    self.objects = objects
    self.symbolizer = symbolizer
  }

  /// The frames at a place that was resolved, innermost first.
  subscript(_ place: AddressSpace.Place) -> [Int] {
    frames[place] ?? []
  }

  /// The frame of an address that no known mapping holds.
  static func unknownFrame(in builder: inout ProfileBuilder) -> Int {
    builder.index(
      of: Frame(
        function: builder.index(of: Function(name: "[unknown]")),
        module: builder.index(of: Module(kind: .unknown, path: "[unknown]")), address: 0,
        naming: .unknown))
  }

  /// Names all places: a batch a file, the largest files first, on all cores.
  mutating func resolve(
    _ places: Set<AddressSpace.Place>, in builder: inout ProfileBuilder,
    _ costs: ModuleNamer.Costs, progress: ((Int, Int) -> Void)?
  ) {
    var bySource: [Source: [AddressSpace.Place]] = [:]
    for place in places { bySource[source(of: place), default: []].append(place) }
    let batches = bySource.sorted { $0.key < $1.key }.map { batch($0.value, from: $0.key) }
    let order = batches.indices.sorted { batches[$0].size > batches[$1].size }
    let requests = order.map { batches[$0].request }
    let symbolizer = symbolizer
    let size = batches.reduce(UInt64(0)) { $0 &+ $1.size }
    let threads = 1 + Int(clamping: size / Self.bytesWorthAThread)
    // Names come back in whatever order; they are taken up in one that is always the same.
    var names = [ModuleNames?](repeating: nil, count: batches.count)
    let found = concurrentMap(
      requests, threads: threads, context: { ModuleNamer(symbolizer, costs: costs) },
      progress: progress
    ) { request, namer in
      request.flatMap { namer.names(for: $0) }
    }
    for (index, result) in zip(order, found) { names[index] = result }
    for (batch, names) in zip(batches, names) { add(names, batch, in: &builder) }
  }

  /// A thread has a worker of its own, whose start costs as much as reading so many bytes.
  private static let bytesWorthAThread: UInt64 = 8 << 20

  /// The places in one source.
  private struct Batch {
    /// In the order of their offsets.
    var places: [AddressSpace.Place]
    /// Nil where there is nothing to look into.
    var request: ModuleRequest?

    var size: UInt64 { request?.source.size ?? 0 }
  }

  /// What is looked into for a place. One file may have been recorded as several objects, and is
  /// read once.
  private enum Source: Hashable, Comparable {
    case file(device: UInt64, inode: UInt64, path: String)
    case vdso(path: String)
    case nothing(ObjectIndex)
  }

  private func source(of place: AddressSpace.Place) -> Source {
    let object = recording.objects[place.object]
    switch object.kind {
    case .file:
      guard case .held(let file) = objects.state(of: place.object) else {
        return .nothing(place.object)
      }
      return .file(device: file.device, inode: file.inode, path: object.path)
    case .vdso:
      // The one of 32-bit processes is another.
      return place.isLow ? .nothing(place.object) : .vdso(path: object.path)
    case .anonymous, .special:
      return .nothing(place.object)
    }
  }

  private func batch(_ places: [AddressSpace.Place], from source: Source) -> Batch {
    let places = places.sorted { ($0.fileOffset, $0.object) < ($1.fileOffset, $1.object) }
    var bytes: (any ByteSource)?
    var path = ""
    switch source {
    case .file(_, _, let filePath):
      path = filePath
      if let object = places.first?.object, case .held(let file) = objects.state(of: object) {
        bytes = file
      }
    case .vdso(let vdsoPath):
      path = vdsoPath
      bytes = Vdso.image()
    case .nothing:
      break
    }
    var offsets: [UInt64] = []
    for place in places where place.fileOffset != offsets.last { offsets.append(place.fileOffset) }
    return Batch(
      places: places,
      request: bytes.map { ModuleRequest(source: $0, path: path, question: .object(offsets)) })
  }

  private mutating func add(
    _ names: ModuleNames?, _ batch: Batch, in builder: inout ProfileBuilder
  ) {
    guard let names, let request = batch.request, case .object(let offsets) = request.question
    else {
      for place in batch.places { frames[place] = [nameless(place, in: &builder)] }
      return
    }
    add(names, offsets, of: batch.places, path: request.path, in: &builder)
  }

  private mutating func add(
    _ names: ModuleNames, _ offsets: [UInt64], of places: [AddressSpace.Place], path: String,
    in builder: inout ProfileBuilder
  ) {
    guard let first = places.first else { return }
    let kind = recording.objects[first.object].kind
    var description = Module(
      kind: kind == .vdso ? .vdso : .file, path: path, buildID: names.buildID)
    // Where nothing could be read, what was recorded.
    if case .file(let identity) = kind, description.buildID == nil {
      description.buildID = identity.buildID
    }
    description.limits = names.limits
    if let segment = names.segment {
      description.segmentStart = segment.address
      description.segmentEnd = segment.address &+ segment.memorySize
      description.segmentFileOffset = segment.fileOffset
    }
    let module = builder.index(of: description)
    let functions = names.functions.map { builder.index(of: $0) }
    let made = names.places.enumerated().map { index, place in
      let address = place.address ?? offsets[index]
      guard !place.frames.isEmpty else {
        return [
          nameless(at: address, in: description, index: module, &builder)
        ]
      }
      return place.frames.map { frame in
        let function = Int(frame.function)
        let isSameFile = names.functions[function].file == names.files[Int(frame.file)]
        return builder.index(
          of: Frame(
            function: functions[function], module: module, address: address,
            // A line of another file, such as an included one, would mislead.
            line: isSameFile ? frame.line : 0, isInlined: frame.isInlined))
      }
    }
    var index = 0
    for place in places {
      while offsets[index] != place.fileOffset { index += 1 }
      frames[place] = made[index]
    }
  }

  /// The frame of a place in something that cannot be looked into.
  private func nameless(
    _ place: AddressSpace.Place, in builder: inout ProfileBuilder
  ) -> Int {
    let object = recording.objects[place.object]
    var module: Module
    switch object.kind {
    case .file(let identity):
      module = Module(kind: .file, path: object.path, buildID: identity.buildID)
      switch objects.state(of: place.object) {
      case .held: module.limits = [.fileCorrupt]
      case .absent(let reason): module.limits = [NamingLimit(reason)]
      case nil: break
      }
    case .vdso:
      module = Module(kind: .vdso, path: object.path)
    case .anonymous:
      module = Module(kind: .anonymous, path: "[anonymous]")
      module.limits = limitsOfCode
    case .special:
      module = Module(kind: .anonymous, path: object.path)
    }
    return nameless(
      at: place.fileOffset, in: module, index: builder.index(of: module), &builder)
  }

  /// `module+0xoffset`; the module alone for memory whose addresses differ in each run.
  private func nameless(
    at address: UInt64, in module: Module, index: Int, _ builder: inout ProfileBuilder
  ) -> Int {
    let isFixed = module.kind == .file || module.kind == .vdso
    let name = isFixed ? "\(module.name)+0x\(String(address, radix: 16))" : module.path
    return builder.index(
      of: Frame(
        function: builder.index(of: Function(name: name)), module: index,
        address: isFixed ? address : 0, naming: .moduleOnly))
  }
}

extension NamingLimit {
  init(_ reason: AbsenceReason) {
    switch reason {
    case .exited: self = .fileExited
    case .deleted: self = .fileDeleted
    case .denied: self = .fileDenied
    case .refusedType: self = .fileRefused
    case .tooBig: self = .fileTooBig
    case .remote: self = .fileRemote
    case .corrupt: self = .fileCorrupt
    case .identityDiffers: self = .fileReplaced
    case .tooMany: self = .filesTooMany
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel
import System

/// Names offsets in mapped objects: by the symbols and debug information of files and of the vDSO.
///
/// Each file is read once for all offsets of a batch; the largest files first, on all cores. The frames at
/// an offset are kept until `forgetNames`, so that later batches only read files with new offsets.
struct FileNamer: Namer {
  let symbolizer: ModuleSymbolizer
  /// By source and file offset: indices in the name table, innermost first.
  private var knownFrames: [Source: [UInt64: [Int]]] = [:]
  /// Indices in the name table.
  private var modules: [Source: Int] = [:]

  /// A thread has a worker process of its own, whose start costs as much as reading so many bytes.
  private static let bytesPerThread: UInt64 = 8 << 20

  init(_ symbolizer: ModuleSymbolizer) {
    self.symbolizer = symbolizer
  }

  func accepts(_ location: Location) -> Bool {
    if case .object = location { true } else { false }
  }

  mutating func frames(
    at locations: [Location], in context: NamingContext, _ names: inout NameTable
  ) -> [[Int]] {
    // Of the objects that have locations: a recording has many others.
    var sources: [ObjectIndex: Source?] = [:]
    let located = locations.map { location in
      guard case .object(let location) = location else { preconditionFailure("not accepted") }
      let object = location.object
      let found = sources[object] ?? source(of: object, in: context)
      sources.updateValue(found, forKey: object)
      // 32-bit processes have another vDSO than ours.
      let is32BitVdso = location.isLow && context.objects[object].kind == .vdso
      return (location: location, source: is32BitVdso ? nil : found)
    }
    var newBySource: [Source: [ObjectLocation]] = [:]
    for case (let location, let source?) in located
    where knownFrames[source]?[location.fileOffset] == nil {
      newBySource[source, default: []].append(location)
    }
    if !newBySource.isEmpty { read(newBySource, in: context, &names) }
    return located.map { location, source in
      source.flatMap { knownFrames[$0]?[location.fileOffset] }
        ?? [unnamedFrame(at: location, in: context, &names)]
    }
  }

  mutating func forgetNames() {
    knownFrames = [:]
    modules = [:]
  }

  /// What is read to name a location. One file may have been recorded as several objects.
  private enum Source: Hashable, Comparable {
    /// `changed`: nanoseconds of the inode's last change, since 1970. Without it, another file could be
    /// taken for this one: inode numbers are used again.
    case file(device: UInt64, inode: UInt64, changed: Int, path: String)
    case vdso(path: String)
  }

  /// Nil for an object of which nothing can be read.
  private func source(of index: ObjectIndex, in context: NamingContext) -> Source? {
    let object = context.objects[index]
    switch object.kind {
    case .file:
      guard case .held(let file) = context.files.state(of: index),
        let time = try? file.descriptor.status().st_ctim
      else { return nil }
      return .file(
        device: file.device, inode: file.inode,
        changed: time.tv_sec &* 1_000_000_000 &+ time.tv_nsec, path: object.path)
    case .vdso:
      return .vdso(path: object.path)
    case .anonymous, .special:
      return nil
    }
  }

  // --- Reading -------------------------------------------------------------------------------

  /// New offsets in one source.
  private struct Batch {
    var source: Source
    /// One of the objects that the source was recorded as.
    var object: ObjectIndex
    /// Ascending, distinct.
    var offsets: [UInt64]
    /// Nil where there is nothing to read.
    var request: ModuleRequest?

    var size: UInt64 { request?.source.size ?? 0 }
  }

  private mutating func read(
    _ locations: [Source: [ObjectLocation]], in context: NamingContext, _ names: inout NameTable
  ) {
    let batches = locations.sorted { $0.key < $1.key }
      .map { batch($0.value, from: $0.key, context) }
    let order = batches.indices.sorted { batches[$0].size > batches[$1].size }
    let symbolizer = symbolizer
    let costs = context.costs
    let size = batches.reduce(UInt64(0)) { $0 &+ $1.size }
    let found = concurrentMap(
      order.map { batches[$0].request },
      threads: 1 + Int(clamping: size / Self.bytesPerThread),
      context: { GuardedSymbolizer(symbolizer, costs: costs) }, progress: context.progress
    ) { request, guarded in
      request.flatMap { guarded.names(for: $0) }
    }
    // Added in the order of the batches, so that the same recording gives the same indices.
    var answers = [ModuleNames?](repeating: nil, count: batches.count)
    for (index, answer) in zip(order, found) { answers[index] = answer }
    for (batch, answer) in zip(batches, answers) { add(answer, of: batch, context, &names) }
  }

  private func batch(
    _ locations: [ObjectLocation], from source: Source, _ context: NamingContext
  ) -> Batch {
    let object = locations.map(\.object).min() ?? 0
    let offsets = Set(locations.map(\.fileOffset)).sorted()
    var bytes: (any ByteSource)?
    switch source {
    case .file:
      if case .held(let file) = context.files.state(of: object) { bytes = file }
    case .vdso:
      bytes = Vdso.image()
    }
    let path = context.objects[object].path
    return Batch(
      source: source, object: object, offsets: offsets,
      request: bytes.map { ModuleRequest(source: $0, path: path, question: .object(offsets)) })
  }

  private mutating func add(
    _ answer: ModuleNames?, of batch: Batch, _ context: NamingContext, _ names: inout NameTable
  ) {
    guard let answer else {
      for offset in batch.offsets {
        let location = ObjectLocation(object: batch.object, fileOffset: offset, isLow: false)
        knownFrames[batch.source, default: [:]][offset] = [
          unnamedFrame(at: location, in: context, &names)
        ]
      }
      return
    }
    let module = index(ofModule: answer, batch, context, &names)
    let functions = answer.functions.map { names.index(of: $0) }
    var frames: [UInt64: [Int]] = [:]
    frames.reserveCapacity(batch.offsets.count)
    for (offset, entry) in zip(batch.offsets, answer.entries) {
      let address = entry.address ?? offset
      frames[offset] =
        entry.frames.isEmpty
        ? [names.unnamedFrame(at: address, of: entry.functionStart, inModule: module)]
        : entry.frames.map { frame in
          let function = Int(frame.function)
          let isSameFile = answer.functions[function].file == answer.files[Int(frame.file)]
          return names.index(
            of: Frame(
              function: functions[function], module: module, address: address,
              // A line of another file, such as an included one, would mislead.
              line: isSameFile ? frame.line : 0, isInlined: frame.isInlined))
        }
    }
    knownFrames[batch.source, default: [:]].merge(frames) { _, new in new }
  }

  /// The module of a batch. A later batch of the same file may know more of it.
  private mutating func index(
    ofModule answer: ModuleNames, _ batch: Batch, _ context: NamingContext,
    _ names: inout NameTable
  ) -> Int {
    let object = context.objects[batch.object]
    var module = Module(
      kind: object.kind == .vdso ? .vdso : .file, path: object.path, buildID: answer.buildID)
    // Where nothing could be read, what was recorded.
    if case .file(let identity) = object.kind, module.buildID == nil {
      module.buildID = identity.buildID
    }
    module.limits = answer.limits
    if let segment = answer.segment {
      module.segmentStart = segment.address
      module.segmentEnd = segment.address &+ segment.memorySize
      module.segmentFileOffset = segment.fileOffset
    }
    guard let known = modules[batch.source] else {
      let index = names.index(of: module)
      modules[batch.source] = index
      return index
    }
    let earlier = names.modules[known]
    module.limits = earlier.limits + module.limits.filter { !earlier.limits.contains($0) }
    if answer.segment == nil || earlier.segmentEnd != 0 {
      module.segmentStart = earlier.segmentStart
      module.segmentEnd = earlier.segmentEnd
      module.segmentFileOffset = earlier.segmentFileOffset
    }
    names.update(module: known, to: module)
    return known
  }

  // --- Without a name ------------------------------------------------------------------------

  /// The frame of a location in something that cannot be read.
  private func unnamedFrame(
    at location: ObjectLocation, in context: NamingContext, _ names: inout NameTable
  ) -> Int {
    let object = context.objects[location.object]
    var module: Module
    switch object.kind {
    case .file(let identity):
      module = Module(kind: .file, path: object.path, buildID: identity.buildID)
      switch context.files.state(of: location.object) {
      case .held: module.limits = [.fileCorrupt]
      case .absent(let reason): module.limits = [NamingLimit(reason)]
      case nil: break
      }
    case .vdso:
      module = Module(kind: .vdso, path: object.path)
    case .anonymous:
      module = Module(kind: .anonymous, path: "[anonymous]")
      module.limits = [.codeUntold]
    case .special:
      module = Module(kind: .anonymous, path: object.path)
    }
    return names.unnamedFrame(at: location.fileOffset, inModule: names.index(of: module))
  }
}

extension NamingLimit {
  /// Why nothing of a file has a name, by why it could not be opened.
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

// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Answers module requests in this process: all locations of a file at once. Keeps nothing of the file.
struct ModuleSymbolizer: Sendable {
  /// Where separate debug files are found.
  var debugFiles: DebugFiles
  var options: Symbolizer.Options

  /// Nil where the bytes are not a file of the kind that the request expects.
  func names(for request: ModuleRequest, _ demangler: Demangler) -> ModuleNames? {
    return switch request.question {
    case .object(let offsets):
      names(of: request, demangler) { image in offsets.map { image.address(ofFileOffset: $0) } }
    case .linked(let addresses):
      names(of: request, demangler) { _ in addresses }
    case .perfMap(let addresses):
      PerfMap(request.source).map { map in ModuleNames(addresses.map(map.function)) }
    case .jitDump(let addresses):
      JITDump(request.source).map { dump in ModuleNames(addresses.map(dump.function)) }
    }
  }

  /// - Parameter addresses: returns the addresses of the request as linked; nil where no segment holds
  ///   the offset.
  private func names(
    of request: ModuleRequest, _ demangler: Demangler, _ addresses: (ElfImage) -> [UInt64?]
  ) -> ModuleNames? {
    guard let image = ElfImage(request.source) else { return nil }
    let addresses = addresses(image)
    let known = Set(addresses.compactMap { $0 }).sorted()
    let reader = ModuleReader.open(
      image, path: request.path, debugFiles: debugFiles, options: options)
    var interner = FunctionInterner(demangler: demangler)
    var framesByAddress: [UInt64: [ModuleNames.Frame]] = [:]
    framesByAddress.reserveCapacity(known.count)
    for (address, frames) in zip(known, reader.frames(at: known, &interner)) {
      // An inlined frame needs the function that it is inlined into; a line alone is not a name.
      let isNamed = frames.allSatisfy { $0.function >= 0 } && frames.last?.isInlined == false
      framesByAddress[address] = isNamed || request.question.allowsLinesAlone ? frames : []
    }
    let isWhole = framesByAddress.values.allSatisfy { !$0.isEmpty }
    return ModuleNames(
      buildID: image.buildID, segment: image.executableSegment(holding: known.first),
      limits: reader.limits + (reader.isStripped && !isWhole ? [.noSymbols] : []),
      functions: interner.functions, files: reader.files,
      entries: addresses.map { address in
        let frames = address.flatMap { framesByAddress[$0] } ?? []
        return ModuleNames.Entry(
          address: address, frames: frames,
          functionStart: frames.isEmpty ? address.flatMap(reader.functionStart) : nil)
      })
  }
}

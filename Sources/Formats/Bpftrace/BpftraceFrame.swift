// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A frame of a stack in the text of bpftrace, and the ids that a sink gave to it.
struct BpftraceFrame: Sendable {
  private let text: String
  /// Of the frame in the kernel, in user code; nil until it occurs there.
  private var ids: (kernel: Int32?, user: Int32?) = (nil, nil)

  /// - Parameter bytes: A line without its indentation.
  init(_ bytes: ArraySlice<UInt8>) {
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// The sink's id of the frame, which is described once.
  mutating func id(ofKernel isKernel: Bool, _ sink: inout some SampleSink) -> Int32 {
    if let known = isKernel ? ids.kernel : ids.user { return known }
    let id = sink.number(of: Self.description(text, isKernel: isKernel))
    if isKernel { ids.kernel = id } else { ids.user = id }
    return id
  }

  /// The root frame of all entries of a map with a name.
  static func map(_ name: String) -> FrameDescription {
    FrameDescription(name: "@\(name)", kind: .user)
  }

  /// `name+12` with a decimal offset, an address without a name, or a line as `perf script` prints it
  /// (`kstack(perf)`).
  static func description(_ text: String, isKernel: Bool) -> FrameDescription {
    // As in a line: there is a blank in front of it.
    let line = Array(" \(text)".utf8)
    if let symbol = PerfScriptFrame.text(line, 0..<line.count) {
      var frame = PerfScriptFrame.description(line[symbol], isInKernel: isKernel)
      frame.function = Function(name: withoutOffset(frame.function.name))
      return frame
    }
    let unknown = RenderedPaths.unknownName
    if isAddress(text) { return FrameDescription(name: unknown, kind: .unknown) }
    return FrameDescription(name: withoutOffset(text), kind: isKernel ? .kernel : .user)
  }

  /// Addresses differ from run to run, and those of the kernel are not to be shown.
  private static func isAddress(_ text: String) -> Bool {
    let hasPrefix = text.hasPrefix("0x")
    let digits = (hasPrefix ? text.dropFirst(2) : text[...]).utf8.prefix { $0 != UInt8(ascii: " ") }
    return digits.count >= (hasPrefix ? 1 : 12)
      && digits.allSatisfy { $0 &- 48 < 10 || ($0 | 0x20) &- UInt8(ascii: "a") < 6 }
  }

  private static func withoutOffset(_ name: String) -> String {
    let digits = name.utf8.reversed().prefix { $0 &- 48 < 10 }.count
    let head = name.utf8.dropLast(digits)
    guard digits > 0, head.count > 1, head.last == UInt8(ascii: "+") else { return name }
    return String(decoding: head.dropLast(), as: UTF8.self)
  }
}

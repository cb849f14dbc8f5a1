// SPDX-License-Identifier: Apache-2.0

/// What the argument of `-o` or `--stats` names: an open descriptor, or a path.
enum OutputName: Hashable {
  /// A descriptor that this process was started with.
  case descriptor(CInt)
  case path(String)

  /// `-`, `/dev/stdout`, `/dev/stderr`, `/dev/fd/N` and `/proc/self/fd/N` are descriptors, whatever
  /// is in the file system there.
  init(_ argument: String) {
    let folder = ["/dev/fd/", "/proc/self/fd/"].first { argument.hasPrefix($0) }
    let digits = folder.map { argument.dropFirst($0.count) } ?? ""
    switch argument {
    case "-", "/dev/stdout": self = .descriptor(1)
    case "/dev/stderr": self = .descriptor(2)
    case _ where !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }:
      self = .descriptor(CInt(digits) ?? -1)
    default: self = .path(argument)
    }
  }

  /// Whether it is a descriptor.
  var isDescriptor: Bool { if case .descriptor = self { true } else { false } }
}

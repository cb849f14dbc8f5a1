// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import System

/// The files that a command will map when it starts: its program, the dynamic loader and the libraries
/// that it needs. Their unwind tables are built before its first instruction.
///
/// To find the libraries, the loader is run that the program names, with our rights. So each file on the
/// way to it must be one that the kernel would execute for us, in the same way.
enum CommandFiles {
  /// How many scripts may be interpreters of each other; the limit of the kernel.
  private static let deepestScript = 5

  /// - Parameter command: searched for in PATH, as execvp(3) does.
  /// - Returns: paths without symbolic links; none if there is no such program, or if it may not be
  ///   executed.
  static func mapped(by command: String) -> [String] {
    var command = command
    for _ in 0..<deepestScript {
      guard let path = program(command), mayBeExecuted(path),
        let file = try? OpenFile(opening: path)
      else { return [] }
      if let image = ElfImage(file) { return files(of: image, at: path) }
      guard let next = interpreter(ofScript: file) else { return [] }
      command = next
    }
    return []
  }

  /// Whether the kernel would execute a file for us: a regular one with the permission, on a file
  /// system with programs. Root is not enough.
  private static func mayBeExecuted(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0
  }

  /// The path of a command without symbolic links; searched for in PATH if it has no slash. Nil if
  /// there is none.
  static func program(_ command: String) -> String? {
    if command.contains("/") { return realPath(command) }
    let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    return folders.split(separator: ":").lazy
      .map { "\($0)/\(command)" }
      .first(where: mayBeExecuted)
      .flatMap(realPath)
  }

  /// The interpreter of a script: the program behind `#!`, or the one that env(1) is to run. Nil if
  /// the file is not a script.
  private static func interpreter(ofScript file: OpenFile) -> String? {
    // The kernel reads the first 256 bytes.
    guard let head = file.bytes(at: 0, count: min(256, file.size)),
      head.starts(with: Array("#!".utf8))
    else { return nil }
    let line = String(
      decoding: head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
    guard let first = words.first else { return nil }
    guard first.split(separator: "/").last == "env" else { return first }
    guard mayBeExecuted(first) else { return nil }
    return words.dropFirst().first { !$0.hasPrefix("-") && !$0.contains("=") }
  }

  private static func files(of image: ElfImage, at path: String) -> [String] {
    guard isProgram(image),
      let segment = image.segments.first(where: { $0.type == ElfConstant.interpreter }),
      let bytes = image.source.bytes(at: segment.fileOffset, count: min(segment.fileSize, 4096)),
      let loader = realPath(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)),
      mayBeExecuted(loader), let file = try? OpenFile(opening: loader),
      // Started as a program, unlike as a loader, it may neither be a script nor have a loader.
      let own = ElfImage(file), isProgram(own),
      !own.segments.contains(where: { $0.type == ElfConstant.interpreter })
    else { return [path] }
    // Only the loader knows where it will find the libraries. With --list it runs no code of theirs,
    // and the command is about to run the same loader.
    return [path, loader] + libraries(in: output(of: [loader, "--list", path]) ?? "")
  }

  /// Whether the kernel executes ELF files of its type and machine.
  private static func isProgram(_ image: ElfImage) -> Bool {
    // e_type is ET_EXEC or ET_DYN, e_machine EM_X86_64.
    guard let header = image.source.bytes(at: 16, count: 4) else { return false }
    return [2, 3].contains(header[0]) && header[1] == 0 && header[2] == 62 && header[3] == 0
  }

  /// The paths in lines such as `\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f…)`.
  static func libraries(in listing: String) -> [String] {
    listing.split(separator: "\n").compactMap { line in
      guard let slash = line.firstIndex(of: "/"), let mark = line.lastIndex(of: "("),
        slash < mark
      else { return nil }
      return realPath(String(line[slash..<mark].dropLast()))
    }
  }

  /// What a program prints within a second; nil if it cannot be started.
  private static func output(of arguments: [String]) -> String? {
    guard let pipe = try? PrivatePipe() else { return nil }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, pipe.writer.rawValue, STDOUT_FILENO)
    var pointers = arguments.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    var pid: pid_t = 0
    guard posix_spawn(&pid, arguments[0], &actions, nil, pointers, environ) == 0 else { return nil }
    let text = text(from: pipe.closingWriter(), within: 1_000_000_000)
    kill(pid, SIGKILL)
    _ = childEnd(of: pid, within: 1000)
    return text
  }

  private static func text(from reader: borrowing FileDescriptor, within duration: UInt64) -> String
  {
    let deadline = monotonicNanoseconds() + duration
    let mostBytes = 1 << 20
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while text.count < mostBytes {
      let now = monotonicNanoseconds()
      var waiting = pollfd(fd: reader.rawValue, events: Int16(POLLIN), revents: 0)
      guard now < deadline, poll(&waiting, 1, CInt((deadline - now) / 1_000_000 + 1)) > 0 else {
        break
      }
      let count = retryingWhenInterrupted { read(reader.rawValue, &buffer, buffer.count) }
      guard count > 0 else { break }
      text += buffer.prefix(count)
    }
    return String(decoding: text, as: UTF8.self)
  }
}

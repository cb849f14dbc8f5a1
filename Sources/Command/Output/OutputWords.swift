// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import System

/// Why something at the path of an output is not written.
enum OutputRefusal {
  /// A FIFO or a device that belongs neither to root nor to the caller.
  case ofAnotherUser
  /// A FIFO or a device that has other names, by hard links.
  case severalNames
  case blockDevice
  case socket
  /// A FIFO that nothing reads.
  case noReader
}

/// The messages about outputs.
extension Words {
  /// The failure of writing an output.
  static func outputFailure(_ error: SystemError) -> Failure {
    let thing = error.thing == "-" ? "standard output" : error.thing ?? "the output"
    return .output("cannot write \(VisibleText.of(thing)): \(reason(error.code))")
  }

  /// The failure of opening an output, or of giving it its name.
  static func outputFailure(_ error: OutputPathError) -> Failure {
    switch error {
    case .system(let error): return outputFailure(error)
    case .linkOfAnotherUser(let path):
      return .output(
        "cannot write \(VisibleText.of(path)): a folder in it is a symbolic link of another user; "
          + "give the path that it leads to")
    case .saved(let path, let error):
      var failure = outputFailure(error)
      failure.sentence? += "; the output is in \(VisibleText.of(path))"
      return failure
    }
  }

  /// Runs a step of opening an output, and makes a failure of its error.
  static func outputStep<Result>(
    _ body: () throws(OutputPathError) -> Result
  ) throws(Failure) -> Result {
    do throws(OutputPathError) { return try body() } catch { throw outputFailure(error) }
  }

  /// The failure of an output that is not written for what is at its path.
  static func refused(_ path: String, _ refusal: OutputRefusal) -> Failure {
    let words =
      switch refusal {
      case .ofAnotherUser: "it is a FIFO or a device of another user"
      case .severalNames: "it is a FIFO or a device with several names (hard links)"
      case .blockDevice: "it is a block device"
      case .socket: "it is a socket"
      case .noReader: "no program has opened this FIFO for reading"
      }
    return .output("cannot write \(VisibleText.of(path)): \(words)")
  }

  /// The message while a FIFO has no reader.
  static func waitsForReader(_ path: String) -> String {
    "flameback: waiting for a program that reads \(VisibleText.of(path)); Ctrl-C gives up"
  }

  /// The failure of making an output.
  static func unwritable(_ path: String, _ error: WritingError) -> Failure {
    switch error {
    case .compression(let code):
      .output("cannot compress \(VisibleText.of(path)): zlib error \(code)")
    }
  }
}

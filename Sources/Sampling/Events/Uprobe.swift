// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import System

/// A probe at the first instruction of a function in a program file.
struct Uprobe {
  /// The type of the kernel's event source.
  let type: UInt32
  /// Path of the file, without symbolic links.
  let path: String
  /// File offset of the function's first byte.
  let offset: UInt64

  /// - Parameter file: a path, or a program that is searched for in PATH.
  init(_ file: String, _ symbol: String) throws(SamplingError) {
    guard let type = ProcFile.number("/sys/bus/event_source/devices/uprobe/type") else {
      throw .kernelLacks(
        .uprobes, SystemError(operation: "look for", thing: "uprobes", code: ENOENT))
    }
    guard let path = CommandFiles.program(file), let source = try? OpenFile(opening: path),
      let image = ElfImage(source)
    else { throw .noProgramFile(file) }
    guard let offset = image.fileOffset(ofFunction: symbol) else {
      throw .noSuchSymbol(file: path, symbol: symbol)
    }
    self.type = UInt32(type)
    self.path = path
    self.offset = offset
  }
}

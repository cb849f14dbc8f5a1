// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import System

/// A place in a program file that interrupts whoever comes there.
struct Uprobe {
  /// Of the kernel's event source.
  let type: UInt32
  let path: String
  /// Of the function's first byte in the file.
  let offset: UInt64

  /// - Parameter file: a path, or a program in PATH.
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

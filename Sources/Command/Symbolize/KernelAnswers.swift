// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Sampling
import System

/// The functions at addresses of the running kernel, of its modules and of loaded BPF programs. They
/// have no source lines.
struct KernelAnswers: AddressAnswers {
  private let list: KernelFunctions
  private var functions: [KernelFunctions.Function?] = []
  let notes: [String] = []

  /// Reads `/proc/kallsyms`, and then gives up all capabilities, of which reading it needs one.
  ///
  /// - Throws: a failure of privileges where the kernel hides its addresses.
  init() throws(Failure) {
    guard let list = KernelFunctions.ofRunningKernel() else {
      throw Failure(
        exitCode: Failure.privilegeCode,
        sentence: Words.hiddenKernel(missing: Capability.missing(of: Capability.forKernelNames)))
    }
    do throws(SystemError) { try Capability.keep([]) } catch { throw Words.rightsKept(error) }
    self.list = list
  }

  mutating func find(_ addresses: [UInt64]) {
    functions = addresses.map(list.function)
  }

  func write(_ index: Int, to writer: inout ByteWriter) {
    guard let function = functions[index] else { return }
    writer.append(bytes: Self.text(function.name))
    if let module = function.module {
      writer.append(" [")
      writer.append(bytes: Self.text(module))
      writer.append("]")
    }
    writer.append("\n??:0:0\n")
  }
}

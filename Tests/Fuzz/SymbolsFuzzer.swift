// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Called by libFuzzer with one input after the other. Compiled by `make fuzz` into one module with
/// the sources that it tests; FUZZ_READER says which of them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSymbols(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  precondition(!reader.isWrong(bytes))
  return 0
}

private let reader: FuzzedReader = {
  guard let name = getenv("FUZZ_READER"), let reader = FuzzedReader(rawValue: String(cString: name))
  else { fatalError("FUZZ_READER: one of \(FuzzedReader.allCases.map(\.rawValue))") }
  return reader
}()

// SPDX-License-Identifier: Apache-2.0

import Glibc

/// libFuzzer calls this with one input after the other. `make fuzz` compiles it into one module with the
/// sources that it tests. The environment variable FUZZ_READER names the reader.
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

// SPDX-License-Identifier: Apache-2.0

/// Called by libFuzzer with one input after the other. Compiled by `make fuzz` into one module with
/// the sources that it tests.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSymbols(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  precondition(!symbolsAreWrong(bytes))
  return 0
}

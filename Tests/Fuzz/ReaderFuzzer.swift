// SPDX-License-Identifier: Apache-2.0

import Glibc

/// libFuzzer calls this with one input after the other. `make fuzz` compiles it into one module with the
/// sources that it tests. The environment variable FUZZ_READER names the reader, and FUZZ_CPU_SECONDS is how
/// much CPU time an input may take: libFuzzer measures elapsed time, which on a busy machine is that of other
/// programs, too.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReader(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let before = cpuSeconds()
  precondition(!reader.isWrong(bytes), "what it reads is wrong")
  precondition(
    cpuSeconds() - before < mostSeconds, "it takes more than \(mostSeconds) s of CPU time")
  return 0
}

private let reader: FuzzedReader = {
  guard let name = getenv("FUZZ_READER"), let reader = FuzzedReader(rawValue: String(cString: name))
  else { fatalError("FUZZ_READER: one of \(FuzzedReader.allCases.map(\.rawValue))") }
  return reader
}()

private let mostSeconds = getenv("FUZZ_CPU_SECONDS").flatMap { Double(String(cString: $0)) } ?? 2

private func cpuSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

// SPDX-License-Identifier: Apache-2.0
//
// True profile:
//   SwiftBurn.main() -> Orchard.harvest(until:)            50 %
//   SwiftBurn.main() -> Basket.sort(until:), specialized   30 %
//   SwiftBurn.main() -> press(until:)                      20 %
// of the CPU time, at all times. Prints the shares as its CPU clock measured them.
//
// Usage: swiftburn [CPU-SECONDS]

import Glibc

/// CPU time of the calling thread, in nanoseconds.
func cpuTime() -> UInt64 {
  var now = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
  return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

/// Pure computation, about 100 µs of it: long against the system call that reads the clock.
@inline(never)
func spin(_ seed: UInt64) -> UInt64 {
  var x = seed | 1
  for _ in 0..<100_000 { x = x &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
  return x
}

enum Orchard {
  @inline(never)
  static func harvest(until deadline: UInt64) -> UInt64 {
    var sum: UInt64 = 1
    while cpuTime() < deadline { sum = spin(sum) }
    return sum
  }
}

struct Basket<Fruit: FixedWidthInteger> {
  var fruit: Fruit

  @inline(never)
  func sort(until deadline: UInt64) -> UInt64 {
    var sum = UInt64(truncatingIfNeeded: fruit)
    while cpuTime() < deadline { sum = spin(sum) }
    return sum
  }
}

@inline(never)
func press(until deadline: UInt64) -> UInt64 {
  var sum: UInt64 = 2
  while cpuTime() < deadline { sum = spin(sum) }
  return sum
}

/// 0.2 to 2.2 ms, never the same for long: no sampling rate can beat in time with it.
func randomSlice() -> UInt64 { .random(in: 200_000...2_200_000) }

@main
struct SwiftBurn {
  static func main() {
    let seconds = CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 3 : 3
    let basket = Basket(fruit: Int32(CommandLine.arguments.count))
    let work: [(name: String, share: Double, run: (UInt64) -> UInt64)] = [
      ("harvest", 0.5, { Orchard.harvest(until: $0) }),
      ("sort", 0.3, { basket.sort(until: $0) }),
      ("press", 0.2, { press(until: $0) }),
    ]
    var spent: [UInt64] = [0, 0, 0]
    var sum: UInt64 = 0
    let start = cpuTime()
    let end = start + UInt64(seconds * 1e9)
    var now = start
    while now < end {
      func lag(_ index: Int) -> Double {
        work[index].share * Double(now - start) - Double(spent[index])
      }
      // Who lags furthest behind its share runs next: so the shares hold at all times.
      let next = lag(0) >= max(lag(1), lag(2)) ? 0 : lag(1) >= lag(2) ? 1 : 2
      sum &+= work[next].run(now + randomSlice())
      let then = now
      now = cpuTime()
      spent[next] += now - then
    }
    for index in work.indices {
      print(work[index].name, Double(spent[index]) / Double(now - start))
    }
    if sum == 0 { print("") }  // The sum is used, so that it has to be computed.
  }
}

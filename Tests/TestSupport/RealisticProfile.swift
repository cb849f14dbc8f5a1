// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A database-like program in C++: long names, deep stacks, counts that differ by orders of
/// magnitude. The same arguments give the same profile.
package func realisticProfile(stacks: Int, seed: UInt64 = 42) -> Profile {
  var random = SplitMix(state: seed)
  var builder = ProfileBuilder(target: "PID 4711 (columnar)", host: "db-03")
  let modules = [
    builder.module("/opt/columnar/bin/columnar"),
    builder.module("/usr/lib/x86_64-linux-gnu/libstdc++.so.6"),
    builder.module("/usr/lib/x86_64-linux-gnu/libc.so.6"),
    builder.module("/usr/lib/x86_64-linux-gnu/libzstd.so.1"),
    builder.module("/opt/columnar/lib/libfunctions.so"),
  ]
  let kernel = builder.module("[kernel.kallsyms]", .kernel)
  let jit = builder.module("//anon", .anonymous)

  let starts = ["clone3", "start_thread"].map { builder.frame($0, in: modules[2]) }
  let pool = builder.frame(
    "void std::__invoke_impl<void, columnar::ThreadPool::Worker>(std::__invoke_other, "
      + "columnar::ThreadPool::Worker&&)",
    in: modules[0])
  let systemCalls = [
    ["entry_SYSCALL_64_after_hwframe", "do_syscall_64", "ksys_read", "vfs_read", "ext4_file_read"],
    ["asm_exc_page_fault", "exc_page_fault", "handle_mm_fault", "do_anonymous_page", "clear_page"],
  ].map { $0.map { builder.frame($0, in: kernel, at: 0) } }

  // Stacks grow out of one another, as those of real programs do.
  var known: [[Int]] = [starts + [pool]]
  for number in 0..<stacks {
    var path = known[random.below(known.count)]
    path.removeLast(random.below(max(1, path.count - 3)))
    for _ in 0..<(3 + random.below(18)) {
      let kind = random.below(40)
      if kind == 0 {
        path += systemCalls[random.below(2)].prefix(2 + random.below(4))
        break
      } else if kind == 1 {
        path.append(builder.frame("//anon+0x\(number)0", in: jit, naming: .moduleOnly))
      } else {
        let place = random.below(30)
        path.append(
          builder.frame(
            frameName(&random, place), in: modules[place < 20 ? 0 : place % modules.count],
            file: "/src/\(place).cpp", startLine: UInt32(10 + place), isInlined: kind < 7))
      }
    }
    known.append(path)
    let count = 1 + random.below(4) * random.below(8) * (random.below(12) == 0 ? 40 : 1)
    let comm = ["columnar", "BgMerge-3", "HTTPHandler"][min(2, random.below(8) / 3)]
    builder.sample(
      comm, pid: 4711, tid: Int32(4711 + random.below(9)), path,
      truncation: random.below(25) == 0 ? .noCFI : nil, count: UInt64(count))
  }
  return builder.profile
}

private func frameName(_ random: inout SplitMix, _ place: Int) -> String {
  let names = [
    "columnar::Aggregator::executeImpl<columnar::MethodStringNoCache<HashMap<StringRef, char*>>>",
    "columnar::Block::insert(columnar::ColumnWithTypeAndName, unsigned long)",
    "columnar::MergeTreeReader::readRows(unsigned long, std::vector<IColumn*>&)",
    "std::vector<std::pair<unsigned long, std::string>>::push_back(value_type const&)",
    "memcpy", "malloc", "operator new(unsigned long)", "ZSTD_decompressBlock",
    "columnar::FunctionLike::vector(PaddedPODArray<char8_t> const&, std::string const&) const",
    "(anonymous namespace)::parseDecimal<(char)46>(char const*, char const*)",
  ]
  return names[(place + random.below(2)) % names.count] + (place > 15 ? "#\(place)" : "")
}

/// splitmix64: small, well mixed, and the same everywhere.
struct SplitMix {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((value ^ (value >> 31)) % UInt64(bound))
  }
}

// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// The functions of the kernel, its modules and its BPF programs, out of `/proc/kallsyms`.
///
/// A line is `ADDRESS TYPE NAME`, and `\t[MODULE]` for what is not the kernel proper. There are no
/// sizes: a function ends where the next one begins.
struct KernelSymbols {
  struct Symbol: Hashable {
    var name: String
    /// Nil in the kernel proper; `nf_tables`, `bpf`.
    var module: String?
  }

  /// The whole text; names are taken out of it only when they are asked for.
  private let text: ByteReader
  /// Functions, sorted by address, and where their names begin in the text.
  private var addresses: [UInt64] = []
  private var names: [UInt32] = []
  /// The kernel showed zeros in place of addresses (`kernel.kptr_restrict`, or no CAP_SYSLOG).
  private(set) var addressesAreHidden = false

  /// The symbols of the running kernel; none where they cannot be read.
  static func running() -> KernelSymbols {
    KernelSymbols(readWhole("/proc/kallsyms", limit: 256 << 20))
  }

  init(_ bytes: [UInt8]) {
    text = ByteReader(bytes)
    parse(bytes)
    sort()
  }

  /// The function that holds an address.
  func symbol(at address: UInt64) -> Symbol? {
    let index = addresses.partitioningIndex { $0 > address } - 1
    guard index >= 0, address - addresses[index] < Self.longestFunction else { return nil }
    return symbol(named: Int(names[index]))
  }

  var count: Int { addresses.count }

  /// Symbols have no size, so what lies far behind the last one of a module is not in it.
  private static let longestFunction: UInt64 = 256 << 10

  private func symbol(named offset: Int) -> Symbol? {
    guard let line = text.text(at: offset, limit: 4096)?.prefix(while: { $0 != 0x0a }) else {
      return nil
    }
    let name = line.prefix { $0 != 0x09 && $0 != 0x20 }
    var rest = line[name.endIndex...].drop { $0 == 0x09 || $0 == 0x20 }
    var module: String?
    if rest.first == UInt8(ascii: "["), rest.last == UInt8(ascii: "]") {
      rest = rest.dropFirst().dropLast()
      module = String(decoding: rest, as: UTF8.self)
    }
    return Symbol(name: String(decoding: name, as: UTF8.self), module: module)
  }
}

extension KernelSymbols {
  /// Keeps the functions: types `t`, `T`, `w`, `W`. Lines that make no sense are left out.
  private mutating func parse(_ bytes: [UInt8]) {
    guard bytes.count < UInt32.max else { return }
    addresses.reserveCapacity(bytes.count / 64)
    names.reserveCapacity(bytes.count / 64)
    var anyAddress = false
    var anyLine = false
    var previousIsGlobal = false
    bytes.withUnsafeBufferPointer { bytes in
      var position = 0
      while position < bytes.count {
        var address: UInt64 = 0
        let start = position
        while position < bytes.count, let digit = Self.hexDigit(bytes[position]) {
          address = address << 4 | digit
          position += 1
        }
        let digits = position - start
        if (1...16).contains(digits), position + 3 < bytes.count, bytes[position] == 0x20,
          bytes[position + 2] == 0x20
        {
          anyLine = true
          if address != 0 { anyAddress = true }
          let type = bytes[position + 1]
          if address != 0, type | 0x20 == UInt8(ascii: "t") || type | 0x20 == UInt8(ascii: "w") {
            let name = position + 3
            let isGlobal = type == UInt8(ascii: "T")
            if addresses.last != address {
              addresses.append(address)
              names.append(UInt32(name))
              previousIsGlobal = isGlobal
            } else if Self.isBetter(
              bytes, name, isGlobal, than: Int(names[names.count - 1]), previousIsGlobal)
            {
              names[names.count - 1] = UInt32(name)
              previousIsGlobal = isGlobal
            }
          }
        }
        while position < bytes.count, bytes[position] != 0x0a { position += 1 }
        position += 1
      }
    }
    addressesAreHidden = anyLine && !anyAddress
  }

  @inline(__always)
  private static func hexDigit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte &- 0x30)
    case 0x61...0x66: UInt64(byte &- 0x61 &+ 10)
    default: nil
    }
  }

  /// Of two names of one address: the global one, then the one with fewer underscores in front.
  private static func isBetter(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: Int, _ isGlobal: Bool, than other: Int,
    _ otherIsGlobal: Bool
  ) -> Bool {
    if isGlobal != otherIsGlobal { return isGlobal }
    func underscores(_ start: Int) -> Int {
      var end = start
      while end < bytes.count, bytes[end] == UInt8(ascii: "_") { end += 1 }
      return end - start
    }
    return underscores(name) < underscores(other)
  }

  /// The kernel proper comes sorted; modules and BPF programs follow as they were loaded.
  private mutating func sort() {
    var sorted = addresses.isEmpty ? 0 : 1
    while sorted < addresses.count, addresses[sorted - 1] <= addresses[sorted] { sorted += 1 }
    guard sorted < addresses.count else { return }
    let tail = zip(addresses[sorted...], names[sorted...]).sorted { $0 < $1 }
    var mergedAddresses: [UInt64] = []
    var mergedNames: [UInt32] = []
    mergedAddresses.reserveCapacity(addresses.count)
    mergedNames.reserveCapacity(addresses.count)
    var head = 0
    for (address, name) in tail {
      while head < sorted, addresses[head] <= address {
        mergedAddresses.append(addresses[head])
        mergedNames.append(names[head])
        head += 1
      }
      mergedAddresses.append(address)
      mergedNames.append(name)
    }
    mergedAddresses += addresses[head..<sorted]
    mergedNames += names[head..<sorted]
    addresses = mergedAddresses
    names = mergedNames
  }

  /// Files of /proc say nothing of their size.
  private static func readWhole(_ path: String, limit: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    do throws(SystemError) {
      let file = try FileDescriptor(opening: path, O_RDONLY)
      let room = 64 << 10
      var buffer = [UInt8](repeating: 0, count: room)
      bytes.reserveCapacity(6 << 20)
      while bytes.count < limit {
        let count = retryingWhenInterrupted { read(file.rawValue, &buffer, room) }
        guard count > 0 else { break }
        bytes += buffer[..<count]
      }
    } catch {}
    return bytes
  }
}

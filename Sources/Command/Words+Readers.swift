// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Symbolization

extension Words {
  /// The message about an address for which the two readers of debug information differ:
  /// `program: 0x1234: own: f a.c:3:4 < main a.c:9:2; libdw: main a.c:9:2`. Frames have the file and
  /// first line of their function behind them where these differ.
  static func difference(_ difference: ReaderDifference) -> String {
    let (own, libdw) = (difference.own, difference.libdw)
    let functions = { (chain: [ReaderDifference.Frame]) in
      chain.map { $0.function.map { [$0.file, String($0.startLine)] } }
    }
    let showsFunctions = functions(own) != functions(libdw)
    return "\(VisibleText.of(difference.path)): 0x\(String(difference.address, radix: 16)): "
      + "own: \(chain(own, showsFunctions)); libdw: \(chain(libdw, showsFunctions))"
  }

  private static func chain(_ frames: [ReaderDifference.Frame], _ showsFunctions: Bool) -> String {
    let texts = frames.map { frame in
      let name = frame.function?.systemName ?? "??"
      let file = frame.file.isEmpty ? "??" : frame.file
      let start = frame.function.map { " of \($0.file):\($0.startLine)" } ?? ""
      return "\(name) \(file):\(frame.line):\(frame.column)" + (showsFunctions ? start : "")
    }
    return frames.isEmpty ? "nothing" : VisibleText.of(texts.joined(separator: " < "))
  }
}

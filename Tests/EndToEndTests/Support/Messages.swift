// SPDX-License-Identifier: Apache-2.0

/// Whether exactly one line of the messages has `word`, in any case.
func oneLine(of messages: String, with word: String) -> Bool {
  let lines = messages.split(separator: "\n")
  return lines.count { $0.localizedLowercaseContains(word) } == 1
}

extension Substring {
  fileprivate func localizedLowercaseContains(_ word: String) -> Bool {
    lowercased().contains(word.lowercased())
  }
}

// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

extension Symbolizer {
  /// Fetches the debug files of a recording's objects that this machine lacks from the servers in
  /// `DEBUGINFOD_URLS`, first those of the objects with the most samples. Later calls of `profile`
  /// use them if the options allow files from servers.
  ///
  /// - Parameters:
  ///   - recording: The samples and the objects that they refer to.
  ///   - objects: The open files of `recording.objects`.
  ///   - progress: A closure that is called while files are received; nil for no reports.
  /// - Returns: Whether the servers were asked for all of the files, and how many files were found.
  package func fetchDebugFiles(
    of recording: Recording, objects: HeldObjects,
    progress: ((DebugFileServer.Progress) -> Void)? = nil
  ) -> DebugFileServer.Outcome {
    var samples: [ObjectIndex: UInt64] = [:]
    for sample in recording.samples {
      guard let stack = sample.userStack else { continue }
      let sampled = recording.stacks[stack].frames.compactMap { frame in
        if case .place(let object, _, _) = frame { object } else { nil }
      }
      let count = sample.values[recording.session.sampleMetric]
      for object in Set(sampled) { samples[object, default: 0] += count }
    }
    var ids: [BuildID] = []
    for (object, _) in samples.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      guard recording.objects.indices.contains(object),
        case .held(let file) = objects.state(of: object),
        let id = missingDebugFile(of: file, path: recording.objects[object].path)
      else { continue }
      if !ids.contains(id) { ids.append(id) }
    }
    return DebugFileServer.fetch(ids, within: options.time, progress: progress)
  }

  /// Fetches the debug file of one object file from the servers in `DEBUGINFOD_URLS`, if this
  /// machine lacks it.
  ///
  /// - Parameters:
  ///   - file: The open object file.
  ///   - path: The path of the object file; debug files are also searched relative to it.
  ///   - progress: A closure that is called while the debug file is received; nil for no reports.
  /// - Returns: Whether the servers were asked, and whether the debug file was found; `done` with 0
  ///   files if nothing had to be fetched.
  package func fetchDebugFile(
    of file: OpenFile, path: String, progress: ((DebugFileServer.Progress) -> Void)? = nil
  ) -> DebugFileServer.Outcome {
    let id = missingDebugFile(of: file, path: path)
    return DebugFileServer.fetch(id.map { [$0] } ?? [], progress: progress)
  }

  /// Returns the build id of a file whose debug information is neither in it nor in another file of
  /// this machine; nil for other files.
  private func missingDebugFile(of file: OpenFile, path: String) -> BuildID? {
    guard let image = ElfImage(file), let id = image.buildID,
      image.section(named: ".debug_info") == nil,
      DebugFiles(options).debugFile(of: image, path: path) == nil
    else { return nil }
    return id
  }
}

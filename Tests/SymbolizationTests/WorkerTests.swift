// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectFiles
import ProfileModel
import System
import TestSupport
import Testing

@testable import Symbolization

/// A worker that runs on a thread of the test, and how its parent reads its answers.
@Suite struct WorkerTests {
  let folder: TemporaryFolder
  let program: CompiledProgram
  let offsets: [UInt64]

  init() throws {
    folder = try TemporaryFolder()
    let source = try folder.file("a.cc", cxxSource)
    program = try CompiledProgram(
      folder,
      "g++ -g -O2 -o @ \(source); objcopy --only-keep-debug @ @.debug; strip @; "
        + "objcopy --add-gnu-debuglink=@.debug @")
    let segment = try #require(try program.image().executableSegment())
    offsets = Array(
      stride(from: segment.fileOffset, to: segment.fileOffset + segment.fileSize, by: 3))
  }

  private func names(_ options: Symbolizer.Options = .init()) throws -> ModuleNames {
    let symbolizer = ModuleSymbolizer(
      debugFiles: DebugFiles(options), options: options)
    return try #require(
      symbolizer.names(
        for: ModuleRequest(
          source: try program.open(), path: program.path, question: .object(offsets)),
        Demangler(options.demangling)))
  }

  @Test func namesSurviveSerialization() throws {
    let names = try names()
    let back = try ModuleNames(wire: names.wire, count: offsets.count)
    #expect(names.functions.count > 10)
    #expect(isSame(back, names))
    #expect(throws: WireReader.Malformed.self) {
      try ModuleNames(wire: names.wire, count: offsets.count - 1)
    }
  }

  /// Only the answer to a request by addresses may have frames without a function.
  @Test func linesAlone() throws {
    var names = ModuleNames()
    names.entries = [
      ModuleNames.Entry(
        address: 1,
        frames: [ModuleNames.Frame(function: -1, file: 0, line: 1, column: 0, isInlined: false)])
    ]
    #expect(throws: WireReader.Malformed.self) { try ModuleNames(wire: names.wire, count: 1) }
    let back = try ModuleNames(wire: names.wire, count: 1, allowsLinesAlone: true)
    #expect(back.entries[0].frames == names.entries[0].frames)
  }

  /// A worker that was taken over may send any bytes.
  @Test func changedAnswersAreRefusedOrHaveValidIndices() throws {
    let whole = try names().wire
    var generator = SeededGenerator(state: 5)
    var refused = 0
    for round in 0..<3000 {
      var bytes = whole
      if round % 3 == 0 {
        bytes.removeLast(Int.random(in: 1..<whole.count, using: &generator))
      }
      for _ in 0..<(round % 20) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      guard let names = try? ModuleNames(wire: bytes, count: offsets.count) else {
        refused += 1
        continue
      }
      let frames = names.entries.flatMap(\.frames)
      #expect(frames.allSatisfy { names.functions.indices.contains(Int($0.function)) })
      #expect(frames.allSatisfy { names.files.indices.contains(Int($0.file)) })
    }
    #expect(refused >= 1000)
  }

  @Test func tasksSurviveSerialization() throws {
    var options = Symbolizer.Options(
      demangling: .full, followsInlines: false, extraDebugFolders: ["/a", "/b"],
      debugReader: .libdw)
    options.prefersSymbols = true
    let questions: [ModuleRequest.Question] = [
      .perfMap([3]), .jitDump([TimedAddress(address: 4, first: 5, last: .max)]),
      .linked([7, .max]), .object([1, 2, .max]),
    ]
    for question in questions {
      let request = ModuleRequest(
        source: try program.open(), path: program.path, question: question)
      #expect(try WorkerTask(wire: WorkerTask(request, options).wire).question == question)
    }
    let task = WorkerTask(
      ModuleRequest(source: try program.open(), path: program.path, question: questions[3]),
      options)
    let back = try WorkerTask(wire: task.wire)
    #expect(back.path == program.path)
    #expect(back.options.demangling == .full)
    #expect(!back.options.followsInlines)
    #expect(back.options.debugReader == .libdw && back.options.prefersSymbols)
    #expect(back.options.debugRoots == ["/a", "/b", "/usr/lib/debug"])
    for count in task.wire.indices {
      #expect(throws: WireReader.Malformed.self) {
        try WorkerTask(wire: Array(task.wire[..<count]))
      }
    }
  }

  /// Answers through a socket, with a separate debug file that the parent opens, equal those without.
  @Test func theServiceAnswersAsASymbolizerInThisProcess() throws {
    let (ours, theirs) = try pair()
    let service = Thread {
      WorkerService.serve(
        WorkerChannel(socket: FileDescriptor(adopting: theirs), acceptsFiles: true))
    }
    service.start()
    let channel = WorkerChannel(socket: FileDescriptor(adopting: ours), acceptsFiles: false)
    let file = try program.open()
    let options = Symbolizer.Options()
    let request = ModuleRequest(source: file, path: program.path, question: .object(offsets))
    for _ in 0..<2 {
      try channel.send(
        .request, WorkerTask(request, options).wire, file: file.descriptor.rawValue, wait: wait)
      var asked: [String] = []
      while true {
        let message = try channel.receive(wait: wait)
        if message.kind == .open {
          let request = try CompanionRequest(wire: message.content)
          let found = DebugFiles.openDirectly(request.path)
          if let found {
            #expect(request.proof.holds(for: found))
            asked.append(request.path)
          }
          try channel.send(.opened, file: found?.descriptor.rawValue ?? -1, wait: wait)
          continue
        }
        #expect(message.kind == .names)
        #expect(
          isSame(
            try ModuleNames(wire: message.content, count: offsets.count), try names(options)))
        break
      }
      #expect(asked == [program.path + ".debug"])
    }
    let map = try OpenFile(
      try openRegularFile(try folder.file("map", "1000 10 made\n"), in: "/"))
    let code = ModuleRequest(source: map, path: "", question: .perfMap([0x1008, 0x1010]))
    try channel.send(
      .request, WorkerTask(code, options).wire, file: map.descriptor.rawValue, wait: wait)
    let answer = try ModuleNames(wire: try channel.receive(wait: wait).content, count: 2)
    #expect(answer.outermost(of: 0) == "made" && answer.outermost(of: 1) == nil)
    let text = try OpenFile(opening: try folder.file("text", "text"))
    try channel.send(
      .request, WorkerTask(request, options).wire, file: text.descriptor.rawValue, wait: wait)
    #expect(try channel.receive(wait: wait).kind == .nothing)
  }

  @Test func sendingStopsWhenTheWaitIsGivenUp() throws {
    let (ours, theirs) = try pair()
    defer { close(theirs) }
    let channel = WorkerChannel(socket: FileDescriptor(adopting: ours), acceptsFiles: false)
    #expect(throws: WorkerChannel.Broken.self) {
      // More than the socket holds; the other end does not read.
      try channel.send(.request, [UInt8](repeating: 0, count: 8 << 20)) { socket, events in
        var waited = pollfd(fd: socket.rawValue, events: events, revents: 0)
        return poll(&waited, 1, 0) > 0
      }
    }
  }

  private func pair() throws -> (CInt, CInt) {
    var ends: [CInt] = [-1, -1]
    try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
    return (ends[0], ends[1])
  }

  private func wait(_ socket: borrowing FileDescriptor, for events: Int16) -> Bool {
    var waited = pollfd(fd: socket.rawValue, events: events, revents: 0)
    return poll(&waited, 1, 30_000) > 0
  }

  private func isSame(_ a: ModuleNames, _ b: ModuleNames) -> Bool {
    a.buildID == b.buildID && a.limits == b.limits && a.functions == b.functions
      && a.files == b.files && a.segment?.address == b.segment?.address
      && a.segment?.memorySize == b.segment?.memorySize
      && a.segment?.fileOffset == b.segment?.fileOffset
      && a.entries.map(\.address) == b.entries.map(\.address)
      && a.entries.map(\.frames) == b.entries.map(\.frames)
  }
}

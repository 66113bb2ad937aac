import HostDecisions
import Synchronization
import Testing
import TimeAndChance

@testable import AgentService

@Suite(.timeLimit(.minutes(1))) struct HookProgressTests {
    @Test func `of many lines of progress only the newest waits, without what moves a cursor`() {
        var output = HookOutput()
        for number in 0..<100_000 { output.add(Array("wavetrain:progress at \(number)\n".utf8)) }
        output.add(Array("wavetrain:progress \u{1b}[2Jhalf\tdone\n".utf8))
        #expect(output.takeProgress() == "[2Jhalfdone")
        #expect(!output.hasProgress)
        output.add(Array("wavetrain:progress \n".utf8))
        output.add(Array("wavetrain:progress \(String(repeating: "x", count: 2_000))\n".utf8))
        #expect(output.takeProgress() == nil)
    }

    @Test func `what a hook says is told while it runs`() async throws {
        let folder = try TemporaryFolder()
        let said = Mutex<[String]>([])
        let (heard, door) = AsyncStream<String>.makeStream()
        var call = HookCall(
            label: "the start hook",
            // It goes on only when it was heard.
            command: ["/bin/sh", "-c", "echo wavetrain:progress one; until [ -e go ]; do sleep 0.01; done"],
            folder: folder.path,
            environment: ["PATH": "/usr/bin:/bin"],
            timeout: .seconds(30),
            user: nil,
            mayLeaveProcesses: false
        )
        call.said = { words in
            said.withLock { $0.append(words) }
            door.yield(words)
        }
        async let result = HookRunner(root: folder.path).run(call)
        #expect(await heard.first { _ in true } == "one")
        try folder.write("go", "")
        #expect(await result.hasPassed)
        #expect(said.withLock { $0 } == ["one"])
    }
}

import Testing

@testable import AgentService

/// Which program runs after a start.
@Suite struct ProgramRecordTests {
    private let old = "0.2.0-aaaaaaaaaaaa"
    private let new = "0.3.0-bbbbbbbbbbbb"

    private func trial(failure: String? = nil) -> ProgramRecord.Trial {
        ProgramRecord.Trial(release: new, limit_s: 60, failure: failure)
    }

    @Test func `without a record the installed program runs`() {
        var record = ProgramRecord()
        #expect(record.launch(own: nil) == .stay)
        #expect(record == ProgramRecord())
    }

    @Test func `what came through its trial runs, and the start is counted`() {
        var record = ProgramRecord(settled: old)
        #expect(record.launch(own: nil) == .become(release: old, alarm_s: 0))
        #expect(record.starts_count == 1)
        #expect(record.launch(own: old) == .stay)
    }

    @Test func `what does not come up five times in a row is left for the installed program`() {
        var record = ProgramRecord(settled: old)
        let launches = (1...6).map { _ in record.launch(own: nil) }
        #expect(launches == Array(repeating: .become(release: old, alarm_s: 0), count: 5) + [.stay])
    }

    @Test(arguments: [nil, "0.1.0"]) func `a program that an order brought runs, older than the installed one or not`(
        over: String?
    ) {
        var record = ProgramRecord(settled: old, installedVersion: "0.1.0", settledOver: over)
        #expect(record.launch(own: nil) == .become(release: old, alarm_s: 0))
    }

    @Test func `an installed program that was exchanged since runs`() {
        var record = ProgramRecord()
        record.installedVersion = "0.1.0"
        record.settle(old)
        #expect(record.launch(own: nil) == .become(release: old, alarm_s: 0))
        record.installedVersion = "0.1.1"
        #expect(record.launch(own: nil) == .stay)
    }

    @Test func `a trial is started twice at most, with its alarm, and then has failed`() {
        var record = ProgramRecord(settled: old, starts_count: 1, trial: trial())
        #expect(record.launch(own: nil) == .become(release: new, alarm_s: 60))
        #expect(record.launch(own: nil) == .become(release: old, alarm_s: 0))
        #expect(
            record.trial?.failure
                == "the new agent ended 2 times before it had a link to the controller; it never said that it had started"
        )
        #expect(record.launch(own: old) == .stay)
    }

    @Test func `a trial that cannot be started at all has failed`() {
        var record = ProgramRecord(starts_count: 1, trial: trial())
        #expect(record.launch(own: nil) == .become(release: new, alarm_s: 60))
        record.launchFailed("no such file")
        #expect(record.launch(own: nil) == .stay)
        #expect(record.trial?.failure == "no such file")
    }

    @Test func `the program on trial goes on, and the one before gives way to the installed one`() {
        var record = ProgramRecord(starts_count: 1, trial: trial())
        #expect(record.launch(own: new) == .stay)
        #expect(record.trial?.reached == .started)
        record.trial?.failure = "it ended"
        #expect(record.launch(own: new) == .becomeInstalled)
    }

    @Test func `how far a trial came is told of its last start`() {
        var record = ProgramRecord(starts_count: 1, trial: trial())
        #expect(record.trialWords == "the new agent never said that it had started")
        _ = record.launch(own: new)
        #expect(record.trialWords == "the new agent has started and has had no link to the controller")
        record.trial?.reached = .cameUp
        #expect(
            record.trialWords == "the new agent has read its journal and has had no link to the controller"
        )
        _ = record.launch(own: nil)
        #expect(record.trial?.reached == nil)
        record.trial?.reached = .cameUp
        _ = record.launch(own: nil)
        let reason = "the new agent ended 2 times before it had a link to the controller; it has read its journal"
        #expect(record.trial?.failure == reason)
        #expect(record.trialWords == reason)
    }

    @Test func `a record survives being written`() {
        let records = [
            ProgramRecord(), ProgramRecord(settled: old, starts_count: 3),
            ProgramRecord(settled: old, installedPath: "/opt/a b/agent", trial: trial(failure: "it ended 2 times")),
            ProgramRecord(settled: old, installedVersion: "0.1.0", settledOver: "0.0.9"),
            ProgramRecord(trial: ProgramRecord.Trial(release: new, limit_s: 60, reached: .cameUp)),
        ]
        for record in records { #expect(ProgramRecord(text: record.text) == record) }
    }

    private static let whole = "installed /usr/bin/wavetrain-agent\nstarts 0\n"

    @Test(arguments: [
        "", "\u{0}\u{1}", "garbage\n", "installed /usr/bin/wavetrain-agent\n", "starts 0\n",
        "installed wavetrain-agent\nstarts 0\n", "installed /usr/bin/wavetrain-agent\nstarts x\n",
        "installed /usr/bin/wavetrain-agent\nstarts -1\n", whole + "settled ../../etc\n", whole + "settled /bin/sh\n",
        whole + "settled\n", whole + "trial .hidden\nlimit_s 5\n", whole + "trial 0.2.0\n",
        whole + "s\u{1}ttled 0.2.0\n",
    ])
    func `a record that is damaged is none`(text: String) {
        #expect(ProgramRecord(text: text) == nil)
    }

    @Test func `what a later version adds is passed over`() {
        #expect(ProgramRecord(text: Self.whole + "later 5 six\n") == ProgramRecord())
    }
}

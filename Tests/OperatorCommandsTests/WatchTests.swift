import Testing
import TrainModel

@testable import OperatorCommands

@Suite struct WatchTests {
    @Test func `without a terminal each change is one line with its time`() throws {
        let samples = try Samples()
        let views = [try samples.waiting(), try samples.deploying(), try samples.returned()]
        var lines = WatchLines.changes(from: nil, to: views[0])
        for (old, new) in zip(views, views.dropFirst()) { lines += WatchLines.changes(from: old, to: new) }
        #expect(
            lines.joined(separator: "\n") == """
                12:00:00.000  partner-services-3  running
                12:00:00.000  production/part-1  running
                12:00:00.000  production/part-1/canary  healthy  2 hosts   40 healthy samples
                12:00:00.000  production/part-1/westus3  waiting
                12:00:00.000  production/part-1/westus3  held: approval by somebody of oncall, not ana; \
                oncall: `wavetrain release approve partner-services-3 production/part-1/westus3`
                12:00:05.000  production/part-1/westus3  deploying  0 of 2 hosts updated; a fetch
                12:00:05.000  production/part-1/westus3  no longer held: approval by somebody of oncall, not ana
                12:00:20.000  partner-services-3  rolled back: unhealthy in westus3
                12:00:20.000  production/part-1  stopped
                12:00:20.000  production/part-1/canary  returned  2 of 2 hosts back on the old version
                12:00:20.000  production/part-1/westus3  returned  2 of 2 hosts back on the old version: web on a answers 500
                12:00:20.000  partner-services-3  westus3: web on a answers 500
                12:00:20.000  partner-services-3  unhealthy first reported at 12:00:01.100; verdict after 5 ms; \
                4 hosts back on the old version after 640 ms
                """
        )
    }

    @Test func `a watch for the next hold begins with what goes on now`() throws {
        let samples = try Samples()
        let lines = [try samples.waiting(), try samples.deploying()].flatMap { WatchLines.present($0) }
        #expect(
            lines.joined(separator: "\n") == """
                12:00:00.000  production/part-1/westus3  held: approval by somebody of oncall, not ana; \
                oncall: `wavetrain release approve partner-services-3 production/part-1/westus3`
                12:00:05.000  production/part-1/westus3  deploying  0 of 2 hosts updated; a fetch
                """
        )
    }

    @Test func `a view that says nothing new prints nothing`() throws {
        let view = try Samples().waiting()
        #expect(WatchLines.changes(from: view, to: view).isEmpty)
    }

    @Test func `the picture has a line a region with a mark a host`() throws {
        let lines = LivePicture.lines(try Samples().deploying(), news: [], columns: 100, rows: 30, utf8: true)
        #expect(
            lines.map(\.text).joined(separator: "\n") == """
                partner-services-3   20261120.2   production / part-1   running 30m5s
                  production / part-1           running
                    canary       ●●  healthy    2 hosts   40 healthy samples
                    westus3      ◐·  deploying  0 of 2 hosts updated; a fetch
                    northeurope  ··  queued     after westus3
                  production / part-2           queued
                    eastus    ··  queued
                    eastasia  ··  queued
                """
        )
    }

    @Test(arguments: [1, 2, 3, 5, 8, 40], [1, 10, 33, 80])
    func `the picture never leaves the terminal`(rows: Int, columns: Int) throws {
        let news = ["12:00:00.000  something happened", "12:00:01.000  something else"]
        for view in [try Samples().waiting(), try Samples().returned()] {
            let lines = LivePicture.lines(view, news: news, columns: columns, rows: rows, utf8: false)
            #expect(lines.count <= max(1, rows - 1))
            #expect(lines.allSatisfy { $0.width <= columns })
            #expect(lines.allSatisfy { $0.text.allSatisfy { $0.isASCII || $0 == "…" } })
        }
    }

    @Test func `colours come only where they are wanted`() throws {
        let line = LivePicture.lines(try Samples().waiting(), news: [], columns: 80, rows: 24, utf8: true)[0]
        #expect(line.painted(colours: false) == line.text)
        #expect(line.painted(colours: true).contains("\u{1b}[1m"))
    }

    @Test func `a new picture goes over the last one`() throws {
        var screen = LiveScreen(Terminal(isInteractive: true, hasColours: false, speaksUTF8: true))
        #expect(screen.draw(["a", "b"]) == "\r\u{1b}[2Ka\n\u{1b}[2Kb\n\u{1b}[J")
        #expect(screen.draw(["c"]) == "\r\u{1b}[2A\u{1b}[2Kc\n\u{1b}[J")
    }

    @Test func `only what a person can end counts as held`() throws {
        #expect(try Samples().waiting().holdsForPeople.count == 1)
        #expect(try Samples().deploying().holdsForPeople.isEmpty)
    }
}

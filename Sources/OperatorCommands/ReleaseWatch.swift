import Foundation
import HTTPCalls
import TimeAndChance
import TrainModel

/// How a watch ended, when not with a completed release.
struct WatchOutcome: Error {
    let status: ExitStatus
}

/// Follows one release, over as many connections as it takes, and shows what changes.
struct ReleaseWatch {
    /// A controller that starts anew is back within seconds; one that is away for longer needs somebody.
    static let patience = Duration.seconds(60)
    static let retryPause = Duration.milliseconds(500)

    private let client: ControllerClient
    private let id: ReleaseID
    private let options: WatchOptions
    private var display: WatchDisplay

    init(_ client: ControllerClient, _ id: ReleaseID, _ options: WatchOptions, _ format: OutputFormat) {
        self.client = client
        self.id = id
        self.options = options
        display = WatchDisplay(
            format,
            Terminal.current(environment: ProcessInfo.processInfo.environment),
            plainLines: options.lines,
            tellsBeginning: !options.untilHeld
        )
    }

    /// Returns when the release has completed. Throws `WatchOutcome` when it ended otherwise or waits for a person.
    consuming func run() async throws {
        let clock = ContinuousClock()
        var lastContact: ContinuousClock.Instant?
        while true {
            do {
                if let outcome = try await follow(onContact: { lastContact = clock.now }) {
                    if outcome != .ok { throw WatchOutcome(status: outcome) }
                    return
                }
                // The controller ended the stream before the release ended: it is stopping.
            } catch let failure as CommandFailure where failure.status == .unreachable {
                // Who has never been reached is not waited for: the address may be wrong.
                guard let lastContact, clock.now - lastContact < Self.patience else { throw failure }
                try display.note("connection lost; trying again", at: WallClock.now())
            }
            try await Task.sleep(for: Self.retryPause)
        }
    }

    /// Over one connection; nil when that ends first.
    private mutating func follow(onContact: () -> Void) async throws -> ExitStatus? {
        let lines = try await client.watch(id)
        do {
            while let line = try await lines.next() {
                onContact()
                guard !line.isEmpty else { continue }
                let view = try StrictJSON.decode(line, from: "watch", as: ReleaseView.self)
                try display.show(view, line: line)
                if view.state.hasEnded { return view.state == .completed ? .ok : .endedOtherwise }
                if options.untilHeld, !view.holdsForPeople.isEmpty { return .held }
            }
        } catch let error as HTTPCallError {
            throw client.connection.failure(error)
        }
        return nil
    }
}

/// Where a watch shows its views: as JSON, as plain lines, or as a picture that is redrawn.
struct WatchDisplay {
    private enum Mode {
        case json
        case lines
        case live(LiveScreen)
    }

    private static let news_max = 6

    private let terminal: Terminal
    /// Whether the first view is told from the release's beginning.
    private let tellsBeginning: Bool
    private var mode: Mode
    private var last: ReleaseView?
    /// The newest changes, shown below the picture.
    private var news: [String] = []
    private var isLost = false

    init(_ format: OutputFormat, _ terminal: Terminal, plainLines: Bool, tellsBeginning: Bool) {
        self.terminal = terminal
        self.tellsBeginning = tellsBeginning
        mode =
            switch format {
            case .json: .json
            case .table: terminal.isInteractive && !plainLines ? .live(LiveScreen(terminal)) : .lines
            }
    }

    mutating func show(_ view: ReleaseView, line: [UInt8]) throws {
        let changes =
            last == nil && !tellsBeginning ? WatchLines.present(view) : WatchLines.changes(from: last, to: view)
        last = view
        isLost = false
        switch mode {
        case .json: try StandardOutput.write(String(decoding: line, as: UTF8.self) + "\n")
        case .lines: try say(changes)
        case .live:
            news = (news + changes).suffix(Self.news_max)
            try draw(view)
        }
    }

    /// Something about the watch itself; once until the next view.
    mutating func note(_ words: String, at now: Instant) throws {
        guard !isLost else { return }
        isLost = true
        let line = "\(TimeText.clock(now))  \(words)"
        switch mode {
        case .json: try StandardOutput.writeError(line + "\n")
        case .lines: try say([line])
        case .live:
            news = (news + [line]).suffix(Self.news_max)
            if let last { try draw(last) }
        }
    }

    private func say(_ lines: [String]) throws {
        guard !lines.isEmpty else { return }
        try StandardOutput.write(lines.map { $0 + "\n" }.joined())
    }

    private mutating func draw(_ view: ReleaseView) throws {
        guard case .live(var screen) = mode else { return }
        let (columns, rows) = Terminal.size()
        let picture = LivePicture.lines(view, news: news, columns: columns, rows: rows, utf8: terminal.speaksUTF8)
        try StandardOutput.write(screen.draw(picture))
        mode = .live(screen)
    }
}

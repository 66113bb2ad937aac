import TrainModel

/// Redraws a picture in place: goes up over the last one, and clears what it does not cover.
struct LiveScreen {
    private let terminal: Terminal
    private var drawn_lines = 0

    init(_ terminal: Terminal) {
        self.terminal = terminal
    }

    /// What to send so that the terminal shows `lines` where it showed the last ones.
    mutating func draw(_ lines: [StyledLine]) -> String {
        let up = drawn_lines > 0 ? "\u{1b}[\(drawn_lines)A" : ""
        drawn_lines = lines.count
        let body = lines.map { "\u{1b}[2K\($0.painted(colours: terminal.hasColours))\n" }.joined()
        return "\r\(up)\(body)\u{1b}[J"
    }
}

import Glibc

/// Where a command writes to: whether a person watches, how wide it is, and what may be sent to it.
struct Terminal: Sendable {
    /// Standard output is a terminal that can move its cursor.
    let isInteractive: Bool
    let hasColours: Bool
    let speaksUTF8: Bool

    /// The process's own. Colours are for terminals only, and not where `NO_COLOR` is set (https://no-color.org).
    static func current(environment: [String: String]) -> Terminal {
        // 1: a terminal; 0: anything else, EBADF included.
        let isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
        let locale =
            [environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]]
            .compactMap(\.self).first { !$0.isEmpty } ?? ""
        return Terminal(
            isInteractive: isTerminal,
            hasColours: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty,
            speaksUTF8: locale.lowercased().replacing("-", with: "").contains("utf8")
        )
    }

    /// Columns and rows now; 80 by 24 where nobody knows.
    static func size() -> (columns: Int, rows: Int) {
        var size = winsize()
        // 0: `size` is filled in; -1: no terminal.
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

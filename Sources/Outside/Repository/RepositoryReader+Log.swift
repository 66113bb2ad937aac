import Patterns
import TrainModel

/// What git prints, as changes.
extension RepositoryReader {
    /// Three texts for each commit, each ended by NUL: what people wrote can hold neither more nor fewer.
    static func changes(in log: [UInt8], ticket: Pattern) throws(OutsideFailure) -> [Change] {
        var texts = log.split(separator: 0, omittingEmptySubsequences: false)
        // Behind the last NUL.
        if texts.last?.isEmpty == true { texts.removeLast() }
        guard texts.count.isMultiple(of: 3) else { throw unreadable }
        var changes: [Change] = []
        changes.reserveCapacity(texts.count / 3)
        for index in stride(from: 0, to: texts.count, by: 3) {
            let id = String(decoding: texts[index], as: UTF8.self)
            guard Git.isCommit(id) else { throw unreadable }
            let title = shown(texts[index + 2])
            changes.append(
                Change(id: id, author: shown(texts[index + 1]), title: title, ticket: ticket.first(in: title) ?? "")
            )
        }
        return changes
    }

    /// As it may stand on a board, in a message and in a log: one line of printable characters, of bounded length.
    private static func shown(_ bytes: ArraySlice<UInt8>) -> String {
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix(Git.columns_max)
        let printable = scalars.map { $0.properties.isPrintable ? $0 : " " }
        return String(String.UnicodeScalarView(printable)).trimmingBlanks
    }

    private static var unreadable: OutsideFailure {
        OutsideFailure(.badAnswer, "git's log cannot be read", remedy: "check that git is version 2.31 or newer")
    }
}

/// Finds the second place of a key in the lines of a YAML text: in the same column of a later line (block style), or
/// further on in the same line (flow style).
struct DuplicateKeyFinder {
    private var lines: [[Unicode.Scalar]]

    init(_ text: String) {
        lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
    }

    /// The lines as they stand after renaming.
    var text: String {
        var text = String.UnicodeScalarView()
        for (index, line) in lines.enumerated() {
            if index > 0 { text.append("\n") }
            text.append(contentsOf: line)
        }
        return String(text)
    }

    /// Replaces the first letter of the next place of `key`; lines and columns count from 1. Nil when it is not found.
    mutating func renameSecond(
        _ key: String,
        after first: (line: Int, column: Int),
        to letter: Unicode.Scalar
    ) -> (line: Int, column: Int)? {
        guard lines.indices.contains(first.line - 1), !key.isEmpty else { return nil }
        let letters = Array(key.unicodeScalars)
        let start = first.column - 1
        let row = first.line - 1
        let isFlow = lines[row].prefix(start).contains { $0 == "{" }
        if isFlow {
            for column in lines[row].indices.dropFirst(start + 1) {
                if let found = rename(letters, at: (row, column), to: letter) { return found }
            }
            return nil
        }
        for row in lines.indices.dropFirst(row + 1) {
            let line = lines[row]
            guard line.count > start, line.prefix(start).allSatisfy({ $0 == " " }) else { continue }
            if let found = rename(letters, at: (row, start), to: letter) { return found }
        }
        return nil
    }

    private mutating func rename(
        _ key: [Unicode.Scalar],
        at place: (row: Int, column: Int),
        to letter: Unicode.Scalar
    ) -> (line: Int, column: Int)? {
        let line = lines[place.row]
        let quotes: Set<Unicode.Scalar> = ["'", "\""]
        let isQuoted = quotes.contains(line[place.column])
        let begin = place.column + (isQuoted ? 1 : 0)
        let end = begin + key.count
        guard end <= line.count, Array(line[begin..<end]) == key else { return nil }
        if place.column > 0, ![" ", "{", ","].contains(line[place.column - 1]) { return nil }
        let rest = line[end...].drop { quotes.contains($0) || $0 == " " }
        guard rest.first == ":" else { return nil }
        lines[place.row][begin] = letter
        return (place.row + 1, place.column + 1)
    }
}

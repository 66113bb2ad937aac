/// Columns of text, each as wide as its widest cell; two spaces between them, none at the end of a line.
struct Table {
    private(set) var rows: [[String]] = []
    let indent: Int

    init(indent: Int = 0, header: [String]? = nil) {
        self.indent = indent
        if let header { rows.append(header.map { $0.uppercased() }) }
    }

    mutating func add(_ cells: String...) { add(cells) }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        // The last cell of a row needs no room beside it.
        let widths = (0..<columns).map { column in
            rows.filter { $0.count > column + 1 }.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            var line = String(repeating: " ", count: indent)
            for (column, cell) in row.enumerated() {
                line += cell
                guard column + 1 < row.count else { break }
                line += String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

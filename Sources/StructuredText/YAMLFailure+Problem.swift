extension YAMLEvents.Failure {
    /// What stopped the reading, in words for whoever wrote the text.
    func problem(in text: String, file: String) -> Problem {
        switch cause {
        case .memory: return Problem(.start(of: file), .badSyntax, "cannot be read: \(problem)")
        case .depth(let line, let column):
            let place = Place(file: file, line: line, column: column)
            return Problem(place, .tooDeep, problem, remedy: "make it flatter")
        case .character(let offset_bytes, let value):
            let character = "U+" + String(value, radix: 16, uppercase: true)
            let place = Self.place(ofByte: offset_bytes, in: text, file: file)
            return Problem(place, .badSyntax, "\(problem) (\(character))", remedy: "remove the character")
        case .syntax(let line, let column, let context):
            if let place = Self.tab(inIndentationOf: line, of: text, file: file) {
                return Problem(place, .tab, "a tab stands in the indentation", remedy: "indent with spaces")
            }
            let (sentence, remedy) = words(context)
            return Problem(Place(file: file, line: line, column: column), .badSyntax, sentence, remedy: remedy)
        }
    }

    private func words(_ context: String?) -> (sentence: String, remedy: String?) {
        let ownWords = "\(context.map { "\($0): " } ?? "")\(problem)"
        return switch problem {
        case "mapping values are not allowed in this context":
            ("a \":\" is not expected here", "check the indentation, or put text that holds \": \" in quotation marks")
        case "found character that cannot start any token":
            ("this character cannot begin a value", "put text that begins with it in quotation marks")
        case "did not find expected key", "did not find expected '-' indicator", "could not find expected ':'":
            (ownWords, "check the indentation and the \":\" behind each key")
        default: (ownWords, nil)
        }
    }

    private static func tab(inIndentationOf line: Int, of text: String, file: String) -> Place? {
        let lines = text.split(separator: "\n", maxSplits: line, omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1) else { return nil }
        let indentation = lines[line - 1].prefix { $0 == " " || $0 == "\t" }
        guard let tab = indentation.firstIndex(of: "\t") else { return nil }
        let column = indentation.distance(from: indentation.startIndex, to: tab) + 1
        return Place(file: file, line: line, column: column)
    }

    private static func place(ofByte offset_bytes: Int, in text: String, file: String) -> Place {
        var line = 1
        var column = 1
        for scalar in String(decoding: text.utf8.prefix(offset_bytes), as: UTF8.self).unicodeScalars {
            if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
        }
        return Place(file: file, line: line, column: column)
    }
}

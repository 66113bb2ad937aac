extension Problem {
    /// For programs: `{"file", "line", "column", "code", "sentence", "remedy"}`; without a remedy an empty text.
    public var json: JSONValue {
        .object([
            "file": .string(place.file),
            "line": .integer(Int64(place.line)),
            "column": .integer(Int64(place.column)),
            "code": .string(code.rawValue),
            "sentence": .string(sentence),
            "remedy": .string(remedy ?? ""),
        ])
    }
}

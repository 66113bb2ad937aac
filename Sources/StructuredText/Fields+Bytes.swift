extension Shape where Value == Int {
    private static var units: [(name: String, bytes: Int)] {
        [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)]
    }

    /// A number of bytes: `20 MiB`, `512KiB`.
    public static func bytes(in range: ClosedRange<Int>) -> Shape {
        sized("a number of bytes such as \"20 MiB\"", suffix: "", range)
    }

    /// A number of bytes a second: `20 MiB/s`.
    public static func bytesPerSecond(in range: ClosedRange<Int>) -> Shape {
        sized("a rate such as \"20 MiB/s\"", suffix: "/s", range)
    }

    private static func sized(_ wanted: String, suffix: String, _ range: ClosedRange<Int>) -> Shape {
        .text(wanted) { text, place, label, problems in
            guard let bytes = bytes(of: text, suffix: suffix) else {
                problems.add(place, .badValue, "\(label) must be \(wanted), not \(Problem.quote(text))")
                return nil
            }
            guard range.contains(bytes) else {
                let bounds = "\(written(range.lowerBound))\(suffix) and \(written(range.upperBound))\(suffix)"
                problems.add(place, .badValue, "\(label) must be between \(bounds), not \(Problem.quote(text))")
                return nil
            }
            return bytes
        }
    }

    private static func bytes(of text: String, suffix: String) -> Int? {
        if text == "0" { return 0 }
        guard text.hasSuffix(suffix) else { return nil }
        let size = text.dropLast(suffix.count)
        guard let unit = units.first(where: { size.hasSuffix($0.name) }) else { return nil }
        var digits = size.dropLast(unit.name.count)
        if digits.last == " " { digits.removeLast() }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(digits) else {
            return nil
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    private static func written(_ bytes: Int) -> String {
        guard let unit = units.first(where: { bytes >= $0.bytes && bytes.isMultiple(of: $0.bytes) }) else { return "0" }
        return "\(bytes / unit.bytes) \(unit.name)"
    }
}

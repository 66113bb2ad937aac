import StructuredText
import TimeAndChance
import TrainModel

// What people write in bodies, and how much of it.

extension Shape where Value == String {
    static var reasonBytes_max: Int { 2_048 }

    /// A person's words: may be empty, kept for ever, so neither long nor able to disturb a terminal.
    static var reason: Shape { words(bytes_max: reasonBytes_max) }

    static func words(bytes_max: Int) -> Shape {
        Shape("text") { node, label, problems in
            guard let text = Shape.anyString.read(node, label, problems) else { return nil }
            guard text.utf8.count <= bytes_max else {
                problems.add(node.place, .tooLarge, "\(label) is longer than \(bytes_max) bytes")
                return nil
            }
            guard text.unicodeScalars.allSatisfy({ $0 == "\n" || $0.properties.generalCategory != .control }) else {
                problems.add(node.place, .badValue, "\(label) holds a control character")
                return nil
            }
            return text
        }
    }
}

extension Shape where Value == [String] {
    /// The points of a checklist that a person has ticked, each as the plan writes it.
    static var points: Shape { .list(of: .reason, count: 0...100) }
}

extension Shape where Value == Instant {
    private static var unix_ms_max: Int { 4_102_444_800_000 }

    /// Milliseconds since 1970, up to the year 2100.
    static var instant: Shape { Shape<Int>.integer(in: 0...unix_ms_max).map { Instant(unix_ms: Int64($0)) } }
}

extension Shape where Value == [Tag] {
    private static var count_max: Int { 50 }

    /// An object of texts by key; sorted by key.
    static var tags: Shape {
        Shape("an object of tags") { node, label, problems in
            guard
                let entries = Shape<[(key: Located<String>, value: String)]>.entries(of: .words(bytes_max: 512))
                    .read(node, label, problems)
            else { return nil }
            guard entries.count <= count_max else {
                problems.add(node.place, .tooLarge, "\(label) holds more than \(count_max) tags")
                return nil
            }
            for (key, _) in entries where !Tag.isKey(key.value) {
                problems.add(
                    key.place,
                    .badValue,
                    "\(Problem.quote(key.value)) is no tag's key",
                    remedy: "it has 1 to 63 letters, digits and \"_\", and begins with a letter"
                )
                return nil
            }
            return entries.map { Tag(key: $0.key.value, value: $0.value) }.sorted { $0.key < $1.key }
        }
    }
}

extension Tag {
    fileprivate static func isKey(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 63, isLetter(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }
}

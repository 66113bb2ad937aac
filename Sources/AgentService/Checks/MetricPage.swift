import TrainModel

/// Prometheus' text format, read strictly: a page with a line that is none says nothing.
struct MetricPage {
    struct Flaw: Error, Hashable {
        let line: Int
        let sentence: String
    }

    static let lineBytes_max = 64 << 10

    /// The sum of the samples of this name that carry all the labels; nil: there is none.
    static func sum(of metric: MetricCheck, in page: [UInt8]) throws(Flaw) -> Double? {
        var sum: Double?
        var number = 0
        for line in page.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard line.count <= lineBytes_max else { throw Flaw(line: number, sentence: "it is too long") }
            var reader = MetricLine(line)
            do throws(MetricLine.Flaw) {
                guard let sample = try reader.sample(), sample.fits(metric) else { continue }
                sum = (sum ?? 0) + sample.value
            } catch {
                throw Flaw(line: number, sentence: error.sentence)
            }
        }
        return sum
    }
}

/// One line of such a page.
struct MetricLine {
    struct Flaw: Error { let sentence: String }

    struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double

        func fits(_ metric: MetricCheck) -> Bool {
            name == metric.metric && metric.labels.allSatisfy { labels[$0.name] == $0.value }
        }
    }

    private var rest: ArraySlice<UInt8>

    init(_ line: ArraySlice<UInt8>) { rest = line }

    /// Nil for comments and empty lines.
    mutating func sample() throws(Flaw) -> Sample? {
        skipBlanks()
        guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
        let name = try word("a metric's name") { Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: ":") }
        skipBlanks()
        let labels = rest.first == UInt8(ascii: "{") ? try labels() : [:]
        let value = try number("a value")
        skipBlanks()
        // A timestamp, and in OpenMetrics an example of what was counted.
        if let next = rest.first, next != UInt8(ascii: "#") {
            _ = try number("a timestamp")
            skipBlanks()
        }
        guard rest.isEmpty || rest.first == UInt8(ascii: "#") else {
            throw Flaw(sentence: "something stands behind the value")
        }
        return Sample(name: name, labels: labels, value: value)
    }

    private mutating func labels() throws(Flaw) -> [String: String] {
        var labels: [String: String] = [:]
        rest.removeFirst()
        while true {
            skipBlanks()
            if take("}") { return labels }
            let name = try word("a label's name") { Self.isLetter($0) || Self.isDigit($0) }
            skipBlanks()
            guard take("=") else { throw Flaw(sentence: "the label \(name) has no \"=\"") }
            skipBlanks()
            guard labels.updateValue(try quoted(), forKey: name) == nil else {
                throw Flaw(sentence: "the label \(name) stands twice")
            }
            skipBlanks()
            guard take(",") || rest.first == UInt8(ascii: "}") else {
                throw Flaw(sentence: "the labels have no \"}\"")
            }
        }
    }

    /// Between quotation marks, with `\\`, `\"` and `\n`.
    private mutating func quoted() throws(Flaw) -> String {
        guard take("\"") else { throw Flaw(sentence: "a label's value begins with no quotation mark") }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                switch rest.popFirst() {
                case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
                case UInt8(ascii: "\""): bytes.append(UInt8(ascii: "\""))
                default: throw Flaw(sentence: "a \"\\\" stands before another sign than \\, \" and n")
                }
            default: bytes.append(byte)
            }
        }
        throw Flaw(sentence: "a label's value has no end")
    }

    private mutating func word(_ what: String, _ fits: (UInt8) -> Bool) throws(Flaw) -> String {
        let word = rest.prefix(while: fits)
        guard let first = word.first, !Self.isDigit(first) else { throw Flaw(sentence: "\(what) is expected") }
        rest = rest.dropFirst(word.count)
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func number(_ what: String) throws(Flaw) -> Double {
        skipBlanks()
        let word = rest.prefix { !Self.isBlank($0) }
        let text = String(decoding: word, as: UTF8.self)
        guard word.count <= 64, let number = Double(text) else { throw Flaw(sentence: "\(what) is expected") }
        rest = rest.dropFirst(word.count)
        return number
    }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: sign) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipBlanks() { rest = rest.drop(while: Self.isBlank) }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

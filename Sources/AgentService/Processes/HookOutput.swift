import HostDecisions
import TrainModel

/// What a hook prints: the end of it for people, and the lines that speak to the agent. Bounded, however much comes.
///
/// `wavetrain:link <url>` is shown beside the service; `wavetrain:version <version>` says what is running;
/// `wavetrain:progress <words>` says how far the hook is.
struct HookOutput: Sendable {
    static let line_bytes_max = 1_024
    private static let lastWordsCharacters_max = 300

    private(set) var links: [String] = []
    /// The last one named.
    private(set) var version: Version?
    /// What stood last where a version should, and is none.
    private(set) var noVersion: String?
    /// The newest line of progress that nobody has taken yet.
    private var progress: String?
    /// Fewer than twice what failure rules look at.
    private var end: [UInt8] = []
    private var line: [UInt8] = []
    private var isLineTooLong = false

    /// For people: at most `MoveResult.outputTail_bytes_max` bytes.
    var tail: String { text(bytes_max: MoveResult.outputTail_bytes_max) }

    /// For failure rules: at most `FailureSigns.output_bytes_max` bytes.
    var whole: String { text(bytes_max: FailureSigns.output_bytes_max) }

    /// What most programs say last before they fail; empty where nothing was said to people.
    var lastWords: String {
        let line = tail.split(whereSeparator: \.isNewline).last { !$0.hasPrefix("wavetrain:") }
        return String((line ?? "").prefix(Self.lastWordsCharacters_max))
    }

    mutating func add(_ bytes: some Collection<UInt8>) {
        end.append(contentsOf: bytes.suffix(FailureSigns.output_bytes_max))
        if end.count >= 2 * FailureSigns.output_bytes_max { end.removeFirst(end.count - FailureSigns.output_bytes_max) }
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                endLine()
            } else if line.count < Self.line_bytes_max {
                line.append(byte)
            } else {
                isLineTooLong = true
            }
        }
    }

    /// Nil: nothing new was said.
    mutating func takeProgress() -> String? {
        defer { progress = nil }
        return progress
    }

    var hasProgress: Bool { progress != nil }

    /// A last line without an end counts too.
    mutating func finish() { endLine() }

    private func text(bytes_max: Int) -> String {
        let bytes = end.suffix(bytes_max)
        // A character that was cut in two does not count.
        return String(decoding: end.count > bytes_max ? bytes.drop { $0 & 0xc0 == 0x80 } : bytes, as: UTF8.self)
    }

    private mutating func endLine() {
        defer {
            line.removeAll(keepingCapacity: true)
            isLineTooLong = false
        }
        guard !isLineTooLong, line.starts(with: "wavetrain:".utf8) else { return }
        let text = String(decoding: line, as: UTF8.self).dropFirst("wavetrain:".count)
        if text.hasPrefix("progress ") { return sayProgress(text.dropFirst("progress ".count)) }
        let words = text.split(separator: " ")
        switch words.first {
        case "link" where words.count == 2: addLink(String(words[1]))
        case "version": takeVersion(words.dropFirst().joined(separator: " "))
        default: break
        }
    }

    private mutating func takeVersion(_ words: String) {
        version = Version(words.filter { $0 != "\r" })
        noVersion = version == nil ? words : nil
    }

    /// Without what would move a terminal's cursor.
    private mutating func sayProgress(_ words: Substring) {
        let words = words.filter { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f } }
        if !words.isEmpty { progress = String(words) }
    }

    private mutating func addLink(_ link: String) {
        let link = link.filter { $0 != "\r" }
        guard links.count < MoveResult.links_max, !links.contains(link),
            link.hasPrefix("https://") || link.hasPrefix("http://"),
            link.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return }
        links.append(link)
    }
}

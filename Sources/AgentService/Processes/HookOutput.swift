import HostDecisions
import TrainModel

/// What a hook prints: the end of it for people, and the lines that speak to the agent. Bounded, however much comes.
///
/// `wavetrain:link <url>` is shown beside the service; `wavetrain:version <version>` says what is running.
struct HookOutput: Sendable {
    static let line_bytes_max = 1_024

    private(set) var links: [String] = []
    /// The last one named.
    private(set) var version: Version?
    private var tailBytes: [UInt8] = []
    private var line: [UInt8] = []
    private var isLineTooLong = false

    /// At most `MoveResult.outputTail_bytes_max` bytes.
    var tail: String {
        let end = tailBytes.suffix(MoveResult.outputTail_bytes_max).drop { $0 & 0xc0 == 0x80 }
        return String(decoding: end, as: UTF8.self)
    }

    mutating func add(_ bytes: some Collection<UInt8>) {
        tailBytes.append(contentsOf: bytes.suffix(MoveResult.outputTail_bytes_max))
        if tailBytes.count > 4 * MoveResult.outputTail_bytes_max {
            tailBytes.removeFirst(tailBytes.count - MoveResult.outputTail_bytes_max)
        }
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

    /// A last line without an end counts too.
    mutating func finish() { endLine() }

    private mutating func endLine() {
        defer {
            line.removeAll(keepingCapacity: true)
            isLineTooLong = false
        }
        guard !isLineTooLong, line.starts(with: "wavetrain:".utf8) else { return }
        let words = String(decoding: line, as: UTF8.self).dropFirst("wavetrain:".count).split(separator: " ")
        guard words.count == 2 else { return }
        switch words[0] {
        case "link": addLink(String(words[1]))
        case "version": version = Version(words[1].filter { $0 != "\r" }) ?? version
        default: break
        }
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

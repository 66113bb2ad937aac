import TrainModel

/// What the shell says of a move that it did.
public struct MoveResult: Hashable, Sendable, Codable {
    public enum Verdict: Hashable, Sendable, Codable {
        case passed
        /// The release directory is complete; these are the hooks of its manifest.
        case unpacked(DeclaredHooks)
        /// `code` for programs, `sentence` for people, with the remedy.
        case failed(code: String, sentence: String)
        /// A crash hid the outcome, and the hook may not run again.
        case unknown
    }

    public static let outputTail_bytes_max = 2_048
    public static let links_max = 8
    public static let warnings_max = 16
    public static let finding_bytes_max = 2_048

    public var verdict: Verdict
    /// The end of what a hook printed.
    public var outputTail: String
    public var links: [String]
    /// Of checks at level warn.
    public var warnings: [String]
    /// The version that the verify hook says is running; nil: it said none.
    public var version: Version?
    /// True: a verify hook on the way back has passed and named no version, so it proves no start. What ran before may
    /// have been put there when such a line still passed; the way back does not fail of it.
    public var sawNothing: Bool?
    /// The name of the failure rule that matched; nil: none did, or it has not failed. Judged here, not by the shell.
    var rule: String?
    /// Of look-ups, the end of each; nil: there were none.
    public var findings: [Finding]?

    public init(
        _ verdict: Verdict,
        outputTail: String = "",
        links: [String] = [],
        warnings: [String] = [],
        version: Version? = nil,
        sawNothing: Bool? = nil,
        findings: [Finding]? = nil
    ) {
        self.verdict = verdict
        self.sawNothing = sawNothing
        self.outputTail = outputTail.suffix(bytes_max: Self.outputTail_bytes_max)
        self.links = Array(links.prefix(Self.links_max))
        self.warnings = Array(warnings.prefix(Self.warnings_max))
        self.version = version
        self.findings = findings?.map {
            Finding(name: $0.name, text: $0.text.suffix(bytes_max: Self.finding_bytes_max))
        }
    }

    var hasPassed: Bool {
        switch verdict {
        case .passed, .unpacked: true
        case .failed, .unknown: false
        }
    }

    var failureSentence: String? {
        if case .failed(_, let sentence) = verdict { sentence } else { nil }
    }
}

extension String {
    /// The longest end of whole characters in at most so many bytes.
    func suffix(bytes_max: Int) -> String {
        guard utf8.count > bytes_max else { return self }
        var start = utf8.index(endIndex, offsetBy: -bytes_max)
        while start < endIndex, utf8[start] & 0xc0 == 0x80 { start = utf8.index(after: start) }
        return String(self[start...])
    }

    /// The longest beginning of whole characters in at most so many bytes.
    func prefix(bytes_max: Int) -> String {
        guard utf8.count > bytes_max else { return self }
        var end = utf8.index(startIndex, offsetBy: bytes_max)
        while end > startIndex, utf8[end] & 0xc0 == 0x80 { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}

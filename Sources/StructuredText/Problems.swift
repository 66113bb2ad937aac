/// Everything wrong with a text, sorted by place; never empty.
public struct Problems: Error, Sendable, CustomStringConvertible {
    public let all: [Problem]
    /// How many more there were beyond those a reader can use.
    public let omitted_count: Int

    public init(_ problem: Problem) {
        all = [problem]
        omitted_count = 0
    }

    /// Nil when there are none.
    fileprivate init?(unsorted: [Problem], omitted_count: Int) {
        guard !unsorted.isEmpty else { return nil }
        all = Set(unsorted).sorted()
        self.omitted_count = omitted_count
    }

    /// One problem a line.
    public var description: String { lines.joined(separator: "\n") }

    /// For an error with a place of its own: that of the first problem, and what is wrong there and, on further lines,
    /// elsewhere.
    public var placeAndSentence: (place: String, sentence: String) {
        let message = all.first?.message ?? ""
        return (all.first.map { "\($0.place)" } ?? "", ([message] + lines.dropFirst()).joined(separator: "\n"))
    }

    private var lines: [String] {
        all.map(\.description) + (omitted_count > 0 ? ["and \(omitted_count) more"] : [])
    }
}

/// Gathers mistakes while a text is read, so that a person sees all of them at once.
///
/// One collector belongs to one reading and stays on one thread.
public final class ProblemCollector {
    /// As many as anybody reads at once; a hostile text cannot make the answer longer than this.
    public static let count_max = 100

    private var recorded: [Problem] = []
    private var omitted_count = 0

    public init() {}

    public var isEmpty: Bool { recorded.isEmpty }

    /// Grows with every problem, so that a reader can tell whether a part of the text was sound.
    public var count: Int { recorded.count + omitted_count }

    /// True when further problems are only counted, so that costly advice is not worth making.
    public var isFull: Bool { recorded.count >= Self.count_max }

    public func add(_ problem: Problem) {
        if isFull { omitted_count += 1 } else { recorded.append(problem) }
    }

    public func add(_ place: Place, _ code: Problem.Code, _ sentence: String, remedy: String? = nil) {
        add(Problem(place, code, sentence, remedy: remedy))
    }

    /// All so far; nil when there are none.
    public var problems: Problems? { Problems(unsorted: recorded, omitted_count: omitted_count) }

    /// Throws all so far, if any.
    public func check() throws(Problems) {
        if let problems { throw problems }
    }
}

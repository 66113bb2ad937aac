import StructuredText

/// Reads the files that a plan names, each once and within bounds, and keeps what it has read.
///
/// One reader belongs to one compilation and stays on one thread.
final class SourceReader {
    /// Gives the bytes of a file by its path relative to the plan's folder, or throws why it cannot.
    typealias Read = (_ path: String) throws -> [UInt8]

    /// The plan's own file, as people call it.
    let file: String
    private let read: Read
    private let problems: ProblemCollector
    private(set) var files: [PlanSources.File] = []
    private var bytes_count: Int

    init(file: String, main: [UInt8], _ problems: ProblemCollector, read: @escaping Read) {
        self.file = file
        self.read = read
        self.problems = problems
        bytes_count = main.count
    }

    /// The bytes of a file that a plan names at `path.place`; nil after a recorded problem.
    func bytes(of path: Located<String>) -> [UInt8]? {
        if let known = files.first(where: { $0.path == path.value }) { return known.bytes }
        guard files.count < PlanSources.others_max else {
            problems.add(
                path.place,
                .tooManyFiles,
                "a plan names at most \(PlanSources.others_max) files",
                remedy: "put some of them together"
            )
            return nil
        }
        do {
            let bytes = try read(path.value)
            guard bytes.count <= PlanSources.fileBytes_max, bytes_count + bytes.count <= PlanSources.bytes_max else {
                problems.add(
                    path.place,
                    .tooLarge,
                    "\(Problem.quote(path.value)) has \(bytes.count) bytes, too many",
                    remedy:
                        "a file has at most \(PlanSources.fileBytes_max) bytes, all together \(PlanSources.bytes_max)"
                )
                return nil
            }
            bytes_count += bytes.count
            files.append(PlanSources.File(path: path.value, bytes: bytes))
            return bytes
        } catch {
            problems.add(path.place, .unreadableFile, "\(Problem.quote(path.value)) cannot be read: \(error)")
            return nil
        }
    }

    /// The name of the plan's own file in its folder.
    var ownName: String { String(file.dropFirst(Self.folder(of: file).count)) }

    /// What problems call a file: its path after the plan's folder.
    func name(of path: String) -> String { Self.folder(of: file) + path }

    /// Up to and with the last `/`; empty for a file of the same folder.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }
}

extension Shape where Value == String {
    /// The path of a file in the plan's folder or below: no way out, and no spelling that differs between systems.
    static func path(ending endings: [String]) -> Shape {
        let wanted = "a path such as shared/people\(endings[0])"
        let pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$"
        return .text(wanted, schema: Schema.text(pattern: pattern, length_max: 200)) { text, place, label, problems in
            guard let flaw = PathRule.flaw(in: text, endings) else { return text }
            problems.add(place, .badPath, "\(label) must be \(wanted), not \(Problem.quote(text))", remedy: flaw)
            return nil
        }
    }
}

private enum PathRule {
    static let length_max = 200

    /// What is wrong with a path, in words; nil when nothing is.
    static func flaw(in text: String, _ endings: [String]) -> String? {
        guard !text.hasPrefix("/") else { return "it is relative to the file that names it" }
        let steps = text.split(separator: "/", omittingEmptySubsequences: false)
        guard !steps.contains("..") else { return "it stays in the plan's folder" }
        guard text.utf8.count <= length_max, steps.allSatisfy(isName) else {
            return "it has at most \(length_max) letters, digits, \".\", \"_\" and \"-\", and \"/\" between folders"
        }
        return endings.contains(where: text.hasSuffix) ? nil : "it ends in \(Problem.choice(endings))"
    }

    private static func isName(_ step: Substring) -> Bool {
        !step.isEmpty && !step.hasPrefix(".")
            && step.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

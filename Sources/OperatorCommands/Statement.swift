import StructuredText
import TimeAndChance
import TrainModel

/// Something to be attested.
struct Statement {
    enum Subject {
        case artifact(ArtifactName, Version)
        case digest(Digest)
        case change(String)
    }

    let subject: Subject
    let predicate: PredicateName
    let fields: [(key: String, value: String)]
    let note: String
    /// When it was true; nil: now.
    let about: Instant?

    init(
        subject: Subject,
        predicate: PredicateName,
        fields: [(String, String)],
        note: String,
        about: Instant?
    ) {
        self.subject = subject
        self.predicate = predicate
        self.fields = fields.map { (key: $0.0, value: $0.1) }
        self.note = note
        self.about = about
    }

    var subjectWords: String {
        switch subject {
        case .artifact(let name, let version): "\(name) \(version)"
        case .digest(let digest): digest.prefix
        case .change(let id): "change \(id)"
        }
    }

    var json: JSONValue {
        var members: [JSONValue.Member]
        switch subject {
        case .artifact(let name, let version):
            members = [.init("artifact", .string(name.text)), .init("version", .string(version.text))]
        case .digest(let digest): members = [.init("digest", .string(digest.hex))]
        case .change(let id): members = [.init("change", .string(id))]
        }
        members.append(.init("predicate", .string(predicate.text)))
        members.append(.init("fields", .object(fields.map { .init($0.key, .string($0.value)) })))
        members.append(.init("note", .string(note)))
        if let about { members.append(.init("about", .instant(about))) }
        return .object(members)
    }
}

/// An in-toto statement (https://in-toto.io/Statement/v1) as CI systems write it. Its signature, if it has one, is not
/// looked at: what is attested counts as the word of whoever sends it.
enum InTotoStatement {
    private static let bytes_max = 1 << 20

    /// One for each subject, by its SHA-256.
    ///
    /// - Parameter name: of the predicate; nil: the last part of its type that is no version, in lower case.
    static func read(_ path: String, as name: PredicateName?, about: Instant?, note: String) throws -> [Statement] {
        let bytes = try LocalFile.read(path, bytes_max: bytes_max, remedy: "name a statement's file")
        do {
            let content = try JSONText.decode(
                bytes,
                file: path,
                limits: TextLimits(bytes_max: bytes_max, depth_max: 16),
                { Content($0) }
            )
            guard let name = name ?? Self.name(ofType: content.type) else {
                throw CommandFailure(
                    "\(path): the type \"\(SafeText.line(content.type))\" gives no predicate's name",
                    remedy: "name the predicate behind --file"
                )
            }
            return content.digests.map {
                Statement(
                    subject: .digest($0),
                    predicate: name,
                    fields: content.fields,
                    note: note,
                    about: about
                )
            }
        } catch let problems as Problems {
            throw CommandFailure("\(path) is no in-toto statement", problems: problems.all)
        }
    }

    private static func name(ofType type: String) -> PredicateName? {
        let parts = type.split(separator: "/").map { $0.lowercased() }
        let named = parts.last { part in
            !(part.hasPrefix("v") && part.dropFirst().allSatisfy { $0.isNumber || $0 == "." })
        }
        return named.flatMap { PredicateName($0) }
    }

    private struct Content {
        let digests: [Digest]
        let type: String
        let fields: [(String, String)]

        init?(_ body: Fields) {
            body.ignoreTheRest()
            let subjects = body.required("subject", .list(of: .subject, count: 1...100))
            let type = body.required("predicateType", .anyString)
            let predicate = body.required("predicate", .node)
            guard let subjects, let type, let predicate else { return nil }
            digests = subjects
            self.type = type
            fields = Self.flattened(predicate, "")
        }

        /// `{"totals": {"lines": 81.5}}` as `totals.lines` and `81.5`; items of lists by their number from 0.
        private static func flattened(_ node: Node, _ path: String) -> [(String, String)] {
            let prefix = path.isEmpty ? "" : "\(path)."
            if let mapping = node.mapping { return mapping.entries.flatMap { flattened($0.value, prefix + $0.key) } }
            if let list = node.list { return list.enumerated().flatMap { flattened($1, "\(prefix)\($0)") } }
            guard let scalar = node.scalar, !path.isEmpty else { return [] }
            return [(path, scalar.text)]
        }
    }
}

extension Shape where Value == Digest {
    /// `{"name": …, "digest": {"sha256": …}}`
    fileprivate static var subject: Shape {
        .mapping { fields in
            fields.ignoreTheRest()
            return fields.required("digest", .sha256)
        }
    }

    private static var sha256: Shape {
        .mapping { fields in
            fields.ignoreTheRest()
            return fields.required(
                "sha256",
                .text("64 lower-case hexadecimal digits") { text, place, label, problems in
                    if let digest = Digest(hex: text) { return digest }
                    problems.add(place, .badValue, "\(label) must be 64 lower-case hexadecimal digits")
                    return nil
                }
            )
        }
    }
}

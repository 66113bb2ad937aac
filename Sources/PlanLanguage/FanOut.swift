import StructuredText
import TrainModel

/// Services that are made of a template, once for each item of a list that stands in a file.
struct FanOut {
    private let mapping: Mapping
    private let place: Place
    private let sources: SourceReader
    private let problems: ProblemCollector

    static let items_max = 1_000
    private static let ownKeys = ["for_each", "template"]

    init(_ mapping: Mapping, at place: Place, _ sources: SourceReader, _ problems: ProblemCollector) {
        self.mapping = mapping
        self.place = place
        self.sources = sources
        self.problems = problems
    }

    /// Those of the template, item by item, and those that stand beside it; nil for each that cannot be read.
    var services: [ReadService?] {
        let plain = mapping.entries.filter { !Self.ownKeys.contains($0.key) }
            .map { Shape.service($0, .none, problems) }
        guard let list = mapping["for_each"], let template = mapping["template"] else {
            let missing = Self.ownKeys.first { mapping[$0] == nil } ?? ""
            problems.add(
                place,
                .missingKey,
                "the key \"\(missing)\" is missing",
                remedy: "\"for_each\" names a list, and \"template\" the services that each of its items makes"
            )
            return plain + [nil]
        }
        guard let entries = template.mapping?.entries, !entries.isEmpty else {
            problems.addWrongType(template, "\"template\"", "a mapping of services")
            return plain + [nil]
        }
        guard let items = items(of: list) else { return plain + [nil] }
        return plain + items.flatMap { item in entries.map { Shape.service($0, item, problems) } }
    }

    // MARK: The list

    static func listSchema(_ catalogue: SchemaCatalogue) -> JSONValue { listShape.schema(catalogue) }

    /// A file's name, or a mapping of `file` or `attestation`, and where in it the list stands.
    private struct List {
        var path: Located<String>
        /// Keys with dots between them; empty: the whole file.
        var at: String
    }

    private static var listShape: Shape<List> {
        let file = Shape<String>.path(ending: [".json"]).located
        let long = Shape<List>.mapping { fields in
            let path = fields.optional("file", file, "A JSON file beside the plan.")
            let predicate = fields.optional(
                "attestation",
                Shape<PredicateName>.name("predicate").located,
                "An attestation about the artifact, whose fields hold the list."
            )
            let at = fields.optional("at", .jsonPath, "Where in it the list stands.") ?? ""
            fields.requireOne(of: "file", "attestation")
            let attested = predicate.map { Located("attestations/\($0.value).json", at: $0.place) }
            return (path ?? attested).map { List(path: $0, at: at) }
        }
        return .either(
            "a JSON file, or a mapping of file and at",
            short: file.map { List(path: $0, at: "") },
            long: long
        )
    }

    private func items(of node: Node) -> [FanOutItem]? {
        guard let list = Self.listShape.read(node, "\"for_each\"", problems),
            let bytes = sources.bytes(of: list.path),
            let document = JSONText.read(bytes, file: sources.name(of: list.path.value), problems),
            let (found, beside) = value(at: list.at, in: document, list.path)
        else { return nil }
        guard let nodes = found.list, (1...Self.items_max).contains(nodes.count) else {
            problems.add(
                found.place,
                .badItem,
                "the list of \(Problem.quote(list.path.value)) must have 1 to \(Self.items_max) items, not "
                    + (found.list.map { "\($0.count)" } ?? found.summary),
                remedy: found.list == nil ? "say where the list stands: for_each: { file: …, at: … }" : nil
            )
            return nil
        }
        let items = nodes.compactMap { FanOutItem($0, beside: beside, problems) }
        return items.count == nodes.count ? items : nil
    }

    /// The list, and the mapping in which it stands.
    private func value(at path: String, in document: Node, _ file: Located<String>) -> (Node, Mapping?)? {
        var node = document
        var holder: Mapping?
        for key in path.split(separator: ".") {
            let inner = Int(key).flatMap { index in node.list.flatMap { $0.indices.contains(index) ? $0[index] : nil } }
            guard let next = node.mapping?[String(key)] ?? inner else {
                problems.add(
                    node.place,
                    .badItem,
                    "nothing stands at \(Problem.quote(path)) in \(Problem.quote(file.value))",
                    remedy: node.mapping.flatMap { Suggestion.remedy(for: String(key), among: $0.entries.map(\.key)) }
                )
                return nil
            }
            holder = node.mapping
            node = next
        }
        return (node, holder)
    }
}

/// One item of a list, whose fields stand for `{field}` in a template.
struct FanOutItem {
    private let fields: [String: String]

    /// For services that no list makes.
    static let none = FanOutItem(fields: [:])

    private init(fields: [String: String]) {
        self.fields = fields
    }

    /// A mapping of names to texts, numbers or truth values, together with those that stand beside the list; nil after
    /// a recorded problem.
    init?(_ node: Node, beside: Mapping?, _ problems: ProblemCollector) {
        guard let mapping = node.mapping, !mapping.entries.isEmpty else {
            problems.add(node.place, .badItem, "an item must be a mapping of names to text, not \(node.summary)")
            return nil
        }
        let common = (beside?.entries ?? []).filter { $0.value.scalar != nil && mapping[$0.key] == nil }
        var fields: [String: String] = [:]
        for entry in common + mapping.entries {
            guard let text = Self.text(of: entry, problems) else { return nil }
            fields[entry.key] = text
        }
        self.init(fields: fields)
    }

    private static func text(of entry: Mapping.Entry, _ problems: ProblemCollector) -> String? {
        guard VariableRule.isKey(entry.key), !PlaceholderText.names.contains(entry.key) else {
            problems.add(
                entry.keyPlace,
                .badItem,
                "\(Problem.quote(entry.key)) is no name for a field",
                remedy: "it has letters, digits and \"_\", and is none of "
                    + PlaceholderText.names.joined(separator: ", ")
            )
            return nil
        }
        guard let scalar = entry.value.scalar, !entry.value.isNothing, !scalar.text.isEmpty,
            scalar.text.utf8.count <= 200
        else {
            problems.add(
                entry.value.place,
                .badItem,
                "\(Problem.quote(entry.key)) must be text of at most 200 bytes, not \(entry.value.summary)"
            )
            return nil
        }
        return scalar.text
    }

    /// A name made of a template: fields in small letters, since names have no others.
    func name(from template: Located<String>, _ problems: ProblemCollector) -> String? {
        guard !fields.isEmpty else { return template.value }
        guard let parts = PlaceholderText.parts(of: template.value) else {
            PlaceholderText.check(template, problems)
            return nil
        }
        var name = ""
        for part in parts {
            switch part {
            case .text(let text): name += text
            case .name(let field):
                guard let value = value(of: field) else {
                    addUnknown(field, template.place, beside: [], problems)
                    return nil
                }
                name += value.lowercased()
            }
        }
        return name
    }

    /// Texts with the item's fields filled in; what is known only at deployment stays.
    func filled(_ texts: [String: Located<String>], _ problems: ProblemCollector) -> [String: Located<String>] {
        texts.mapValues { text in
            guard let parts = PlaceholderText.parts(of: text.value) else {
                PlaceholderText.check(text, problems)
                return text
            }
            let filled = parts.map { part -> PlaceholderText.Part in
                guard case .name(let name) = part, !PlaceholderText.names.contains(name) else { return part }
                if let value = value(of: name) { return .text(value) }
                addUnknown(name, text.place, beside: PlaceholderText.names, problems)
                return part
            }
            return Located(PlaceholderText.text(of: filled), at: text.place)
        }
    }

    /// `plant` as the list has it, `plant.lower` and `plant.upper` in other letters.
    private func value(of field: String) -> String? {
        if let value = fields[field] { return value }
        let parts = field.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let value = fields[String(parts[0])] else { return nil }
        switch parts[1] {
        case "lower": return value.lowercased()
        case "upper": return value.uppercased()
        default: return nil
        }
    }

    private func addUnknown(_ name: String, _ place: Place, beside others: [String], _ problems: ProblemCollector) {
        let known = fields.keys.sorted() + others
        problems.add(
            place,
            .badPlaceholder,
            "nothing is known as \(Problem.quote("{\(name)}"))",
            remedy: Suggestion.nearest(to: name, among: known).map { "did you mean \"{\($0)}\"?" }
                ?? "known are \(known.joined(separator: ", ")); write \"{{\" for the sign itself"
        )
    }
}

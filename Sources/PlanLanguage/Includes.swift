import StructuredText

/// Puts what a plan includes beside what it says itself. Mappings of the same key are joined name by name, lists of
/// freezes and notices are put together, and nothing may be said twice, so that no order of files decides what a plan
/// means.
struct Includes {
    let sources: SourceReader
    let problems: ProblemCollector

    /// A file may be included by one that is included, and no further.
    static let depth_max = 2
    /// These make a plan; everything else may be shared between plans.
    private static let ownKeys: Set<String> = ["plan", "services", "stages"]

    /// The plan's mapping with every included key in it; problems keep the file in which each was written.
    func joined(into plan: Node) -> Node {
        guard let mapping = plan.mapping else { return plan }
        var table = KeyTable(mapping.entries, problems)
        var known: Set<String> = []
        append(included(by: mapping), to: &table, known: &known, folder: "", trail: [sources.ownName])
        return Node(.mapping(Mapping(table.entries)), at: plan.place)
    }

    private func append(
        _ paths: [Located<String>],
        to table: inout KeyTable,
        known: inout Set<String>,
        folder: String,
        trail: [String]
    ) {
        for path in paths.map({ Located(folder + $0.value, at: $0.place) }) {
            guard !trail.contains(path.value) else {
                let way = (trail.drop { $0 != path.value } + [path.value]).joined(separator: " → ")
                problems.add(path.place, .includeCycle, "files include one another in a circle: \(way)")
                continue
            }
            guard trail.count <= Self.depth_max else {
                problems.add(
                    path.place,
                    .includeTooDeep,
                    "an included file may include others, and these no more",
                    remedy: "include \(Problem.quote(path.value)) in the plan itself"
                )
                continue
            }
            guard known.insert(path.value).inserted, let bytes = sources.bytes(of: path) else { continue }
            let node = YAMLText.read(bytes, file: sources.name(of: path.value), problems)
            guard let node, let mapping = mapping(of: node) else { continue }
            table.append(mapping.entries.filter { isShared($0) })
            let folder = SourceReader.folder(of: path.value)
            append(included(by: mapping), to: &table, known: &known, folder: folder, trail: trail + [path.value])
        }
    }

    private func mapping(of node: Node) -> Mapping? {
        if node.mapping == nil { problems.addWrongType(node, "an included file", "a mapping") }
        return node.mapping
    }

    /// The files that one file includes; its problems are recorded here for included files, and where the plan's own
    /// keys are read for the plan's own.
    private func included(by mapping: Mapping) -> [Located<String>] {
        guard let node = mapping["include"] else { return [] }
        return Shape<[Located<String>]>.includes.read(node, "\"include\"", problems) ?? []
    }

    private func isShared(_ entry: Mapping.Entry) -> Bool {
        switch entry.key {
        case "include": return false
        case "wavetrain":
            _ = Shape<Int>.languageVersion.read(entry.value, "\"wavetrain\"", problems)
            return false
        case let key where Self.ownKeys.contains(key):
            problems.add(
                entry.keyPlace,
                .unknownKey,
                "\(Problem.quote(key)) cannot be included",
                remedy: "it belongs to the plan's own file"
            )
            return false
        default: return true
        }
    }
}

/// The keys of a plan while files are joined into it.
private struct KeyTable {
    /// Keys whose lists mean the same in any order.
    private static let unordered: Set<String> = ["freezes", "notify"]

    private(set) var entries: [Mapping.Entry]
    private let problems: ProblemCollector

    init(_ entries: [Mapping.Entry], _ problems: ProblemCollector) {
        self.entries = entries
        self.problems = problems
    }

    mutating func append(_ added: [Mapping.Entry]) {
        for entry in added {
            guard let index = entries.firstIndex(where: { $0.key == entry.key }) else {
                entries.append(entry)
                continue
            }
            let first = entries[index]
            guard let content = joined(first, entry) else {
                addDuplicate(entry, first: first)
                continue
            }
            let value = Node(content, at: first.value.place)
            entries[index] = Mapping.Entry(key: first.key, keyPlace: first.keyPlace, value: value)
        }
    }

    /// Nil for what cannot be said in two places.
    private func joined(_ first: Mapping.Entry, _ second: Mapping.Entry) -> Node.Content? {
        switch (first.value.content, second.value.content) {
        case (.mapping(let left), .mapping(let right)):
            .mapping(Mapping(left.entries + names(of: right, besides: left)))
        case (.list(let left), .list(let right)) where Self.unordered.contains(first.key): .list(left + right)
        default: nil
        }
    }

    private func names(of right: Mapping, besides left: Mapping) -> [Mapping.Entry] {
        let known = Dictionary(left.entries.map { ($0.key, $0) }) { first, _ in first }
        return right.entries.filter { entry in
            guard let first = known[entry.key] else { return true }
            addDuplicate(entry, first: first)
            return false
        }
    }

    private func addDuplicate(_ entry: Mapping.Entry, first: Mapping.Entry) {
        problems.add(
            entry.keyPlace,
            .duplicateKey,
            "\(Problem.quote(entry.key)) already stands \(first.keyPlace.words(from: entry.keyPlace))",
            remedy: "keep one of them"
        )
    }
}

extension Shape where Value == [Located<String>] {
    /// `include: [people.yaml]`.
    static var includes: Shape {
        .list(of: Shape<String>.path(ending: [".yaml", ".yml"]).located, count: 0...PlanSources.others_max)
    }
}

extension Shape where Value == Int {
    /// `wavetrain: 1`.
    static var languageVersion: Shape {
        let number = Shape.integer(in: 1...1_000)
        let known = PlanCompiler.languageVersion
        return Shape(number.wanted, schema: { _ in ["const": .integer(Int64(known))] }) { node, label, problems in
            guard let version = number.read(node, label, problems) else { return nil }
            guard version == known else {
                problems.add(
                    node.place,
                    .unknownLanguageVersion,
                    "the plan language \(version) is not known here",
                    remedy: "this Wavetrain reads \"wavetrain: \(known)\""
                )
                return nil
            }
            return version
        }
    }
}

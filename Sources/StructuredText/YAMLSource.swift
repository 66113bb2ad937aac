/// One reading of one YAML text: values from libyaml's events, and a problem for everything that is not read.
struct YAMLSource: ~Copyable {
    private typealias Event = YAMLEvents.Event

    private var events: YAMLEvents
    private let file: String
    private let problems: ProblemCollector
    /// With an anchor or an alias in it the text means something else than it says, so none of it is returned.
    private var hasAnchors = false

    init(events: consuming YAMLEvents, file: String, problems: ProblemCollector) {
        self.events = events
        self.file = file
        self.problems = problems
    }

    mutating func read() throws(YAMLEvents.Failure) -> Node? {
        var root: Node?
        var documents_count = 0
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd:
                if documents_count == 0 { problems.add(.start(of: file), .empty, "holds nothing") }
                return hasAnchors ? nil : root
            case .documentStart:
                documents_count += 1
                guard documents_count == 1 else {
                    let sentence = "a second document begins here"
                    problems.add(place(of: event), .severalDocuments, sentence, remedy: "use one file for each")
                    return nil
                }
            case .other, .end: break
            case .alias, .scalar, .listStart, .mappingStart: root = try value(event)
            }
        }
    }

    // MARK: Values

    /// The value that begins with the event; nil after a recorded problem. The events go on behind it in any case.
    private mutating func value(_ event: Event) throws(YAMLEvents.Failure) -> Node? {
        guard isReadable(event) else {
            try skip(event)
            return nil
        }
        switch event.kind {
        case .scalar(let text, let isPlain):
            return Node(.scalar(Scalar(text, isPlain ? .plain : .quoted)), at: place(of: event))
        case .listStart: return Node(.list(try items()), at: place(of: event))
        case .mappingStart: return Node(.mapping(Mapping(try entries())), at: place(of: event))
        case .alias, .documentStart, .end, .streamEnd, .other: return nil
        }
    }

    private mutating func items() throws(YAMLEvents.Failure) -> [Node] {
        var items: [Node] = []
        while true {
            let event = try events.next()
            if case .end = event.kind { return items }
            if let item = try value(event) { items.append(item) }
        }
    }

    private mutating func entries() throws(YAMLEvents.Failure) -> [Mapping.Entry] {
        var entries: [Mapping.Entry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .end = event.kind { return entries }
            guard let key = try key(event, seenInLines: lines) else {
                try skip(try events.next())
                continue
            }
            lines[key] = event.line
            if let value = try value(try events.next()) {
                entries.append(Mapping.Entry(key: key, keyPlace: place(of: event), value: value))
            }
        }
    }

    /// The key that begins with the event; nil after a recorded problem.
    private mutating func key(_ event: Event, seenInLines lines: [String: Int]) throws(YAMLEvents.Failure) -> String? {
        // An anchor at a key is named, and the key read all the same: nothing of the text is returned anyhow.
        noteAnchor(of: event)
        guard case .scalar(let key, let isPlain) = event.kind, !key.isEmpty else {
            problems.add(place(of: event), .badKey, "a key must be text", remedy: "write a word before the \":\"")
            try skip(event)
            return nil
        }
        guard key != "<<" || !isPlain else {
            problems.add(place(of: event), .anchor, "merge keys are not read", remedy: "write the values out")
            return nil
        }
        if let line = lines[key] {
            problems.add(
                place(of: event),
                .duplicateKey,
                "the key \(Problem.quote(key)) stands twice, first in line \(line)",
                remedy: "keep one of them"
            )
            return nil
        }
        return key
    }

    /// Goes on behind the value that begins with the event.
    private mutating func skip(_ event: Event) throws(YAMLEvents.Failure) {
        var depth = event.nesting
        while depth > 0 {
            let event = try events.next()
            noteAnchor(of: event)
            depth += event.nesting
        }
    }

    // MARK: What is not read

    private mutating func isReadable(_ event: Event) -> Bool {
        noteAnchor(of: event)
        if case .alias = event.kind { return false }
        if let tag = event.tag, !Self.tags.contains(tag) {
            let sentence = "tags such as \(Problem.quote(tag)) are not read"
            problems.add(place(of: event), .tag, sentence, remedy: "leave it out")
            return false
        }
        return true
    }

    private mutating func noteAnchor(of event: Event) {
        var isAnchor = event.hasAnchor
        if case .alias = event.kind { isAnchor = true }
        guard isAnchor else { return }
        hasAnchors = true
        problems.add(place(of: event), .anchor, "anchors and aliases are not read", remedy: "write the value out")
    }

    /// Those that say what would be read anyhow.
    private static let tags: Set<String> = [
        "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map",
    ]

    private func place(of event: Event) -> Place { Place(file: file, line: event.line, column: event.column) }
}

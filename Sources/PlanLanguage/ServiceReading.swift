import StructuredText
import TrainModel

/// What a plan says of a service behind its name.
struct ServiceTerms {
    var artifact: ArtifactName?
    var after: [Located<ServiceName>] = []
    var restarts: [ServiceName] = []
    var recipe: RecipeName?
    var variables: [String: Located<String>] = [:]
    var tags: [String: Located<String>] = [:]

    static func read(_ fields: Fields, _ item: FanOutItem) -> ServiceTerms {
        func name<Kind>(_ text: Located<String>, _ noun: String) -> Name<Kind>? {
            item.name(from: text, fields.problems)
                .flatMap { Name<Kind>.read($0[...], noun, text.place, fields.problems) }
        }
        func texts(_ key: String, _ noun: String, _ meaning: String) -> [String: Located<String>] {
            item.filled(fields.optional(key, .texts(noun), meaning) ?? [:], fields.problems)
        }
        var terms = ServiceTerms()
        terms.artifact = fields.optional("artifact", Shape<String>.string.located, "What the service is made of.")
            .flatMap { name($0, "artifact") }
        let after = fields.optional("after", .names, "Services that must be in place before it.") ?? []
        terms.after = after.compactMap { text in name(text, "service").map { Located($0, at: text.place) } }
        let restarts = fields.optional("restarts", .names, "Services that are restarted once it is in place.") ?? []
        terms.restarts = restarts.compactMap { name($0, "service") }
        terms.recipe = fields.optional(
            "recipe",
            Shape<RecipeName>.name("recipe"),
            "A recipe of the host, instead of the bundle's own hooks."
        )
        terms.variables = texts("variables", "variable", "Over the wave's.")
        terms.tags = texts("tags", "tag", "Over the plan's and the wave's.")
        return terms
    }
}

/// A service with the places that checks over the whole plan need.
struct ReadService {
    var name: ServiceName
    var place: Place
    /// As it was written: the name itself, or the template that it was made from.
    var key: String
    var terms = ServiceTerms()

    /// Its own artifact, else the plan's, else one of its own name.
    func plan(of artifacts: ArtifactSettings) -> ServicePlan {
        var service = ServicePlan(name: name, artifact: terms.artifact ?? artifacts.name ?? name.asArtifact)
        service.after = terms.after.map(\.value)
        service.restarts = terms.restarts
        service.recipe = terms.recipe
        service.variables = terms.variables.variables
        service.tags = terms.tags.tags
        return service
    }
}

extension ServiceName {
    /// One rule holds for all names, so that a service's is always an artifact's too.
    fileprivate var asArtifact: ArtifactName {
        guard let name = ArtifactName(text) else { preconditionFailure("names of all kinds follow one rule") }
        return name
    }
}

extension Shape where Value == [ReadService] {
    /// As many as a plan may have, fan-out included.
    static var count_max: Int { 1_000 }

    /// A list of names, or a mapping of names to what is special about each; with `for_each` and `template`, some of
    /// them once for each item of a list.
    static func services(_ sources: SourceReader) -> Shape {
        let wanted = "a list of services, or a mapping of services to what is special about each"
        return Shape(wanted, schema: servicesSchema) { node, label, problems in
            let services: [ReadService?]
            switch node.content {
            case .list(let items):
                services = items.map { item in
                    Shape<ServiceName>.name("service").read(item, label, problems)
                        .map { ReadService(name: $0, place: item.place, key: $0.text) }
                }
            case .mapping(let mapping):
                services =
                    mapping["for_each"] == nil && mapping["template"] == nil
                    ? mapping.entries.map { service($0, FanOutItem.none, problems) }
                    : FanOut(mapping, at: node.place, sources, problems).services
            case .scalar:
                problems.addWrongType(node, label, wanted)
                return nil
            }
            guard (1...count_max).contains(services.count) else {
                let sentence = services.isEmpty ? "must name at least one service" : "are more than \(count_max)"
                problems.add(node.place, services.isEmpty ? .noValue : .outOfRange, "\(label) \(sentence)")
                return nil
            }
            let sound = services.compactMap(\.self)
            addDuplicates(sound, problems)
            ServiceOrder(sound).check(problems)
            return sound.count == services.count ? sound : nil
        }
    }

    private static func addDuplicates(_ services: [ReadService], _ problems: ProblemCollector) {
        var first: [ServiceName: Place] = [:]
        for service in services {
            guard let earlier = first[service.name] else {
                first[service.name] = service.place
                continue
            }
            let name = Problem.quote(service.name.text)
            let isOneTemplate = earlier == service.place
            problems.add(
                service.place,
                .duplicateService,
                isOneTemplate
                    ? "two items of the list make the service \(name)"
                    : "the service \(name) already stands \(earlier.words(from: service.place))",
                remedy: isOneTemplate ? "put every field into its name that tells them apart" : "name each service once"
            )
        }
    }

    private static func servicesSchema(_ catalogue: SchemaCatalogue) -> JSONValue {
        let one = Schema.any(of: [
            Schema.nothing, Fields.schema(catalogue) { ServiceTerms.read($0, FanOutItem.none) },
        ])
        let template: JSONValue = ["type": "object", "additionalProperties": one, "minProperties": 1]
        let fanOut: [JSONValue.Member] = [
            .init("for_each", FanOut.listSchema(catalogue)), .init("template", template),
        ]
        return Schema.any(of: [
            Schema.list(of: Schema.name, count: 1...count_max),
            [
                "type": "object", "properties": .object(fanOut), "propertyNames": Schema.name,
                "additionalProperties": one, "minProperties": 1,
                "dependentRequired": ["for_each": ["template"], "template": ["for_each"]],
            ],
        ])
    }

    /// One service, or one of several that an item of a list makes of a template.
    static func service(_ entry: Mapping.Entry, _ item: FanOutItem, _ problems: ProblemCollector) -> ReadService? {
        let name = item.name(from: Located(entry.key, at: entry.keyPlace), problems)
            .flatMap { ServiceName.read($0[...], "service", entry.keyPlace, problems) }
        var terms = ServiceTerms()
        if !entry.value.isNothing {
            let fields = Fields(entry.value, problems, label: Problem.quote(entry.key))
            guard entry.value.mapping != nil else { return nil }
            terms = ServiceTerms.read(fields, item)
            fields.finish()
        }
        return name.map { ReadService(name: $0, place: entry.keyPlace, key: entry.key, terms: terms) }
    }
}

extension Shape where Value == [Located<String>] {
    /// One text or a list of texts that may become names.
    fileprivate static var names: Shape {
        let one = Shape<String>.string.located
        let list = Shape.list(of: one, count: 0...100)
        return Shape(
            "a service, or a list of services",
            schema: { Schema.any(of: [one.schema($0), list.schema($0)]) }
        ) { node, label, problems in
            node.list == nil ? one.read(node, label, problems).map { [$0] } : list.read(node, label, problems)
        }
    }
}

/// What must be in place before what.
private struct ServiceOrder {
    let services: [ReadService]

    init(_ services: [ReadService]) {
        self.services = services
    }

    func check(_ problems: ProblemCollector) {
        let known = Dictionary(services.map { ($0.name, $0) }) { first, _ in first }
        for after in services.flatMap(\.terms.after) where known[after.value] == nil {
            problems.add(
                after.place,
                .unknownName,
                "the plan has no service \(Problem.quote(after.value.text))",
                remedy: Suggestion.remedy(for: after.value.text, among: services.map(\.name.text))
                    ?? "name a service of this plan"
            )
        }
        var done: Set<ServiceName> = []
        for service in services {
            guard let circle = circle(from: service, known, trail: [], &done) else { continue }
            let way = circle.map(\.text).joined(separator: " → ")
            problems.add(service.place, .circle, "services wait for one another in a circle: \(way)")
            return
        }
    }

    /// The first way that leads back to where it has been; nil when none does.
    private func circle(
        from service: ReadService,
        _ known: [ServiceName: ReadService],
        trail: [ServiceName],
        _ done: inout Set<ServiceName>
    ) -> [ServiceName]? {
        if let start = trail.firstIndex(of: service.name) { return trail[start...] + [service.name] }
        guard !done.contains(service.name) else { return nil }
        for next in service.terms.after.compactMap({ known[$0.value] }) {
            if let circle = circle(from: next, known, trail: trail + [service.name], &done) { return circle }
        }
        done.insert(service.name)
        return nil
    }
}

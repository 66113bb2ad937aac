import Patterns
import StructuredText
import TrainModel

/// What a plan says about the artifact that it deploys.
struct ArtifactRule {
    /// The artifact of every service that does not name its own; nil: each service is an artifact of its own name.
    var name: ArtifactName?
    /// Empty: any version.
    var versionPattern = ""
}

extension Shape where Value == ArtifactRule {
    /// `artifact: partner-services`, or a mapping of `name` and `version`.
    static var artifact: Shape {
        let long = Shape.mapping { fields in
            let name = fields.optional(
                "name",
                Shape<ArtifactName>.name("artifact"),
                "The artifact of every service that does not name its own."
            )
            let pattern = fields.optional("version", .versionPattern, "What a version must look like, in whole.")
            return ArtifactRule(name: name, versionPattern: pattern ?? "")
        }
        let short = Shape<ArtifactName>.name("artifact").map { ArtifactRule(name: $0) }
        return either("an artifact's name, or a mapping of name and version", short: short, long: long)
    }
}

extension Shape where Value == String {
    fileprivate static var versionPattern: Shape {
        .text("a pattern for versions", schema: Schema.text(length_max: 200)) { text, place, label, problems in
            do throws(Pattern.Flaw) {
                _ = try Pattern(text)
                return text
            } catch {
                problems.add(place, .badPattern, "\(label) is no pattern: \(error.sentence)", remedy: error.remedy)
                return nil
            }
        }
    }
}

extension Shape where Value == [ServicePlan] {
    /// A list of names, or a mapping of names to what is special about each.
    static func services(of artifact: ArtifactRule) -> Shape {
        let wanted = "a list of services, or a mapping of services to their artifacts"
        return Shape(wanted, schema: { servicesSchema(of: artifact, $0) }) { node, label, problems in
            let services: [Located<ServicePlan>?]
            switch node.content {
            case .list(let items):
                services = items.map { item in
                    Shape<ServiceName>.name("service").read(item, label, problems)
                        .map { Located(ServicePlan(name: $0, artifact: nil, of: artifact), at: item.place) }
                }
            case .mapping(let mapping):
                services = mapping.entries.map { service($0, of: artifact, problems) }
            case .scalar:
                problems.addWrongType(node, label, wanted)
                return nil
            }
            guard !services.isEmpty else {
                problems.add(node.place, .noValue, "\(label) must name at least one service")
                return nil
            }
            problems.addDuplicates(
                services.compactMap { service in service.map { Located($0.value.name, at: $0.place) } },
                .duplicateService,
                noun: "the service",
                remedy: "name each service once"
            )
            return services.compactMap(\.?.value)
        }
    }

    private static func servicesSchema(of artifact: ArtifactRule, _ catalogue: SchemaCatalogue) -> JSONValue {
        let one = Fields.schema(catalogue, ownArtifact)
        return Schema.any(of: [
            Schema.list(of: Schema.name, count: 1...Int.max),
            Schema.entries(of: Schema.any(of: [Schema.nothing, one]), key: Schema.name, count_min: 1),
        ])
    }

    private static func ownArtifact(_ fields: Fields) -> ArtifactName? {
        fields.optional("artifact", Shape<ArtifactName>.name("artifact"), "What the service is made of.")
    }

    private static func service(
        _ entry: Mapping.Entry,
        of artifact: ArtifactRule,
        _ problems: ProblemCollector
    ) -> Located<ServicePlan>? {
        var own: ArtifactName?
        if !entry.value.isNothing {
            let fields = Fields(entry.value, problems, label: Problem.quote(entry.key))
            own = ownArtifact(fields)
            fields.finish()
        }
        guard let name = ServiceName(entry.key) else {
            problems.addBadName(entry.key, noun: "service", entry.keyPlace)
            return nil
        }
        return Located(ServicePlan(name: name, artifact: own, of: artifact), at: entry.keyPlace)
    }
}

extension ServicePlan {
    /// Its own artifact, else the plan's, else one of its own name.
    fileprivate init(name: ServiceName, artifact own: ArtifactName?, of rule: ArtifactRule) {
        self.init(name: name, artifact: own ?? rule.name ?? name.asArtifact)
    }
}

extension ServiceName {
    /// One rule holds for all names, so that a service's is always an artifact's too.
    fileprivate var asArtifact: ArtifactName {
        guard let name = ArtifactName(text) else { preconditionFailure("names of all kinds follow one rule") }
        return name
    }
}

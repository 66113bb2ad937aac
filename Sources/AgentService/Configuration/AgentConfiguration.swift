import AgentLink
import Logging
import StructuredText
import TimeAndChance
import TrainModel

/// What stands in `agent.yaml`. Everything may be left out, the file too; what is there must be right.
///
/// Each key is documented where it is read below, and in `agents/agent.yaml`.
public struct AgentConfiguration: Sendable {
    public static let defaultPath = "/etc/wavetrain/agent.yaml"
    static let keptReleases = 1...100

    /// Where the agent keeps everything it owns.
    public var root = "/var/lib/wavetrain"
    /// `host:port`; nil: where the host enrolled.
    public var controller: String?
    public var logLevel = Logger.Level.info
    /// Previous releases that stay on disk for each service; nil: what the bundle's manifest says.
    public var keptReleases_count: Int?
    /// What a service's releases may take that neither run nor are needed for the way back; nil: anything.
    public var space_bytes: Int?
    /// What stays free on the root's file system.
    public var reserve_bytes = DiskRoom.reserveDefault_bytes
    public var transfer = TransferRates()
    /// Where hosts of the same region may fetch bundles; nil: nowhere.
    public var share: Share?
    /// Hooks run as this user; nil: as the manifest says, or as the agent.
    public var user: String?
    /// For every service: hooks get `WAVETRAIN_HOST_VAR_<KEY>`, checks `${key}`.
    public var variables: [String: String] = [:]
    public var services: [ServiceName: Service] = [:]
    /// The recipes that orders may name, and the folder of each.
    public var recipes: [RecipeName: String] = [:]

    /// The file that was asked for by name; nil: none was.
    public var file: String?
    /// Orders may replace the agent. By itself not where hooks run as another user: then no bundle may act as the agent.
    public var mayBeReplaced = true

    /// What is particular to one service on this host; it wins over what is said for all.
    public struct Service: Hashable, Sendable {
        public var user: String?
        public var variables: [String: String]
    }

    public struct Share: Hashable, Sendable {
        /// Where to listen.
        public var listen: NetworkAddress
        /// Where neighbours reach it.
        public var address: NetworkAddress
        /// To all neighbours together; nil: as fast as it goes.
        public var rate_bytes_s: Int?
    }

    public init() {}

    /// Reads the file. A missing one is fine only where nobody asked for it by name.
    public static func load(_ path: String?) throws -> AgentConfiguration {
        guard let bytes = try Files.read(path ?? defaultPath) else {
            guard let path else { return AgentConfiguration() }
            throw AgentError(.badConfiguration, at: path, "there is no such file", remedy: "give the right --config")
        }
        try Guarded.check(path ?? defaultPath)
        do throws(Problems) {
            var configuration = try read(bytes, file: path ?? defaultPath)
            configuration.file = path
            return configuration
        } catch {
            let (place, sentence) = error.placeAndSentence
            let remedy = "agents/agent.yaml of the source shows every key"
            throw AgentError(.badConfiguration, at: place, sentence, remedy: remedy)
        }
    }

    public static func read(_ bytes: [UInt8], file: String) throws(Problems) -> AgentConfiguration {
        try YAMLText.decode(bytes, file: file) { fields in
            var configuration = AgentConfiguration()
            // root: an absolute path; the folder is made when it is missing.
            configuration.root = fields.value("root", .absolutePath, default: configuration.root)
            // controller: host:port of the controller's agent port.
            configuration.controller = fields.optional("controller", .address)
            // log: trace, debug, info, notice, warning, error or critical.
            configuration.logLevel = fields.oneOf("log", default: .info)
            // keep: previous releases that stay on disk, 1 to 100.
            configuration.keptReleases_count = fields.optionalInteger("keep", in: keptReleases)
            // space: what previous releases of one service may take on the disk, such as "2 GiB".
            configuration.space_bytes = fields.optional("space", .bytes(in: 0...1 << 50))
            // reserve: what stays free on the root's file system.
            configuration.reserve_bytes = fields.value(
                "reserve",
                .bytes(in: 0...1 << 50),
                default: configuration.reserve_bytes
            )
            // transfer: how fast bundles are fetched, and when.
            configuration.transfer = fields.value("transfer", .transferRates, default: configuration.transfer)
            // share: where neighbours may fetch bundles.
            configuration.share = fields.optional("share", .share)
            // user: hooks run as this user of the machine.
            configuration.user = fields.optionalString("user")
            // variables: a mapping of names to text.
            configuration.variables = fields.value("variables", .variables, default: [:])
            // services: by service name, each with user and variables.
            configuration.services = fields.value("services", .hostServices, default: [:])
            // recipes: by recipe name, the absolute path of its folder.
            configuration.recipes = fields.value("recipes", .recipes, default: [:])
            // upgrade: true or false; by itself true where `user` is left out.
            configuration.mayBeReplaced = fields.bool("upgrade", default: configuration.user == nil)
            fields.finish()
            return configuration
        }
    }

    func variables(of service: ServiceName) -> [String: String] {
        variables.merging(services[service]?.variables ?? [:]) { $1 }
    }

    func user(of service: ServiceName) -> String? { services[service]?.user ?? user }
}

extension Shape where Value == String {
    fileprivate static var absolutePath: Shape {
        .text("an absolute path") { text, place, label, problems in
            guard text.hasPrefix("/"), !text.utf8.contains(0) else {
                problems.add(place, .badValue, "\(label) must be an absolute path, not \(Problem.quote(text))")
                return nil
            }
            return text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
        }
    }

    fileprivate static var address: Shape {
        .text("host:port") { text, place, label, problems in
            guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
                let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port)
            else {
                problems.add(place, .badValue, "\(label) must be host:port, not \(Problem.quote(text))")
                return nil
            }
            return text
        }
    }
}

extension Shape where Value == [String: String] {
    /// Keys as plans write them: letters, digits and `_`, beginning with a letter.
    fileprivate static var variables: Shape {
        Shape("a mapping of names to text") { node, label, problems in
            guard let mapping = node.mapping else {
                problems.add(node.place, .wrongType, "\(label) must be a mapping, not \(node.summary)")
                return nil
            }
            var variables: [String: String] = [:]
            for entry in mapping.entries {
                let isName =
                    entry.key.first?.isLetter == true
                    && entry.key.utf8.allSatisfy { $0 == UInt8(ascii: "_") || isLetterOrDigit($0) }
                if !isName {
                    problems.add(
                        entry.keyPlace,
                        .badKey,
                        "\(Problem.quote(entry.key)) is no variable's name",
                        remedy: "use letters, digits and _, beginning with a letter"
                    )
                } else if let scalar = entry.value.scalar, !entry.value.isNothing {
                    variables[entry.key] = scalar.text
                } else {
                    problems.add(entry.value.place, .wrongType, "a variable must be text, not \(entry.value.summary)")
                }
            }
            return variables
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension Shape where Value == [RecipeName: String] {
    /// Whether the folder is there and right is seen when an order needs it: it must not keep the agent from starting.
    fileprivate static var recipes: Shape {
        Shape("a mapping of recipes to folders") { node, label, problems in
            guard let mapping = node.mapping else {
                problems.add(node.place, .wrongType, "\(label) must be a mapping, not \(node.summary)")
                return nil
            }
            var recipes: [RecipeName: String] = [:]
            for entry in mapping.entries {
                guard let name = RecipeName(entry.key) else {
                    problems.add(entry.keyPlace, .badKey, "\(Problem.quote(entry.key)): \(NameRule.sentence)")
                    continue
                }
                recipes[name] = Shape<String>.absolutePath.read(entry.value, "the folder of \(name)", problems)
            }
            return recipes
        }
    }
}

extension Shape where Value == [ServiceName: AgentConfiguration.Service] {
    fileprivate static var hostServices: Shape {
        Shape("a mapping of service names") { node, label, problems in
            guard let mapping = node.mapping else {
                problems.add(node.place, .wrongType, "\(label) must be a mapping, not \(node.summary)")
                return nil
            }
            var services: [ServiceName: AgentConfiguration.Service] = [:]
            for entry in mapping.entries {
                guard let name = ServiceName(entry.key) else {
                    problems.add(entry.keyPlace, .badKey, "\(Problem.quote(entry.key)): \(NameRule.sentence)")
                    continue
                }
                let fields = Fields(entry.value, problems, label: "the service \(name)")
                services[name] = AgentConfiguration.Service(
                    user: fields.optionalString("user"),
                    variables: fields.value("variables", .variables, default: [:])
                )
                fields.finish()
            }
            return services
        }
    }
}

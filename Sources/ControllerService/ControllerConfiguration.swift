import Glibc
import HTTPCalls
import Notifications
import Outside
import ReleaseDecisions
import StructuredText
import TimeAndChance
import TrainModel

/// `controller.yaml`, read strictly: a missing key has its default, a malformed or unknown one stops the start and is
/// named with file, line and column. `controller/controller.yaml` documents every key.
public struct ControllerConfiguration: Sendable {
    public struct Listener: Sendable {
        public let host: String
        public let port: Int

        public init(host: String, port: Int) {
            (self.host, self.port) = (host, port)
        }

        /// An address that only this machine reaches.
        public var isLoopback: Bool { Loopback.contains(host) }

        /// Whether both would listen at one address, whatever their ports.
        fileprivate func meets(_ other: Listener) -> Bool {
            let everywhere: Set = ["0.0.0.0", "::", ""]
            return host == other.host || everywhere.contains(host) || everywhere.contains(other.host)
        }
    }

    /// Somebody who may use the API.
    public struct Operator: Sendable {
        public enum Role: String, Sendable, CaseIterable {
            /// Reads everything.
            case viewer
            /// Pushes artifacts; starts, pauses, aborts and rolls back releases.
            case `operator`
            /// Decides at gates, for the groups it is in.
            case approver
            /// Makes join tokens and revokes hosts.
            case admin
        }

        /// What the log calls whoever showed no valid token.
        public static let anonymous = "anonymous"

        public let name: PersonName
        public let roles: [Role]
        public let groups: [GroupName]
        /// SHA-256 of the bearer token; the token itself is stored nowhere.
        public let tokenDigest: Digest
        /// Who this is in the chat that may send people's words; nil: nobody.
        public let chat: String?

        public var actor: Actor { Actor(name: name, groups: groups) }
    }

    public let cluster: ClusterName
    public let data: String
    /// Where agents dial in.
    public let agents: Listener
    /// DNS names and addresses under which agents and operators reach this controller; they stand in its certificate.
    public let names: [String]
    /// Where operators and programs ask. Loopback speaks plain HTTP, any other address HTTPS.
    public let api: Listener
    public let operators: [Operator]
    /// How bundles go out.
    public struct Bundles: Sendable {
        /// To all hosts together; nil: as fast as it goes.
        public var rate_bytes_s: Int?
        /// Hosts of a region that fetch the same bundle from here at once, where one of them shares.
        public var atOnce_perRegion = 1
        /// Which of those that nothing needs stay.
        public var rule = BundleRule()
        /// What a push leaves free on the file system.
        public var reserve_bytes = 256 << 20
    }

    public let bundles: Bundles
    /// A file with the secret that a chat signs its requests with; nil: no chat may send any.
    public let chatSecretFile: String?
    /// Probes, credentials and repositories.
    public let outside: OutsideConfiguration
    /// Where notices go, by the names that plans use.
    public let channels: [String: Channel]

    static let bytes_max = 1 << 20

    /// Throws `ControllerError` when the file cannot be read, and `Problems` with every mistake in it.
    public init(file: String) throws {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(file, bytes_max: Self.bytes_max)
        } catch {
            throw ControllerError(
                .configuration,
                "\(error)",
                remedy: "Copy controller/controller.yaml there and fill it in"
            )
        }
        self = try YAMLText.decode(bytes, file: file) { ControllerConfiguration($0) }
    }

    init?(_ fields: Fields) {
        let cluster: ClusterName? = fields.required("cluster", .name())
        let data = fields.string("data")
        agents = fields.value("agents", .listener, default: Listener(host: "0.0.0.0", port: 7443))
        names = fields.strings("names", default: ["localhost", "127.0.0.1"])
        api = fields.value("api", .listener, default: Listener(host: "127.0.0.1", port: 7080))
        operators = fields.value("operators", .list(of: .operator), default: [])
        bundles = fields.value("bundles", .bundles, default: Bundles())
        outside = OutsideConfiguration(fields)
        channels = fields.value("channels", .channels, default: [:])
        // One person under two names would be two people wherever a plan wants two.
        for (values, what) in [
            (operators.map(\.name.text), "name"), (operators.map(\.tokenDigest.hex), "token"),
            (operators.compactMap(\.chat), "user of the chat"),
        ] where Set(values).count < values.count {
            fields.problems.add(
                fields.place(of: "operators"),
                .badValue,
                "two operators have the same \(what)",
                remedy: "give each their own"
            )
        }
        chatSecretFile = fields.optionalString("chat_secret_file")
        if agents.port == api.port, agents.port != 0, agents.meets(api) {
            fields.problems.add(
                fields.place(of: fields.has("api") ? "api" : "agents"),
                .badValue,
                "agents and operators cannot both come to port \(api.port)",
                remedy: "give \"api\" another port than \"agents\""
            )
        }
        if names.isEmpty, !api.isLoopback {
            fields.problems.add(
                fields.place(of: "names"),
                .badValue,
                "without a name nobody can verify the certificate of \(api.host)",
                remedy: "list the names and addresses under which operators reach this controller"
            )
        }
        guard let cluster, let data else { return nil }
        self.cluster = cluster
        self.data = data
    }
}

extension Shape where Value == ControllerConfiguration.Listener {
    /// `host:port`; an IPv6 address stands in brackets. Port 0 takes a free one and the log says which.
    fileprivate static var listener: Shape {
        .text("an address and port such as 127.0.0.1:7443") { text, place, label, problems in
            guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
                (0...65_535).contains(port)
            else {
                problems.add(place, .badValue, "\(label) must be an address and port such as 127.0.0.1:7443")
                return nil
            }
            let host = text[..<colon].trimmingPrefix("[")
            return ControllerConfiguration.Listener(
                host: String(host.hasSuffix("]") ? host.dropLast() : host),
                port: port
            )
        }
    }
}

extension Shape where Value == ControllerConfiguration.Bundles {
    private static var rates_bytes_s: ClosedRange<Int> { 64 << 10...100 << 30 }
    private static var spaces_bytes: ClosedRange<Int> { 0...1 << 50 }

    fileprivate static var bundles: Shape {
        .mapping { fields in
            Value(
                rate_bytes_s: fields.optional("rate", .bytesPerSecond(in: rates_bytes_s)),
                atOnce_perRegion: fields.integer("at_once_per_region", in: 1...100, default: 1),
                rule: BundleRule(
                    keep: fields.integer("keep", in: 1...10_000, default: BundleRule().keep),
                    space_bytes: fields.optional("space", .bytes(in: spaces_bytes)).map { UInt64($0) }
                ),
                reserve_bytes: fields.value("reserve", .bytes(in: spaces_bytes), default: Value().reserve_bytes)
            )
        }
    }
}

extension Shape where Value == ControllerConfiguration.Operator {
    fileprivate static var `operator`: Shape {
        .mapping { fields in
            let name: PersonName? = fields.required("name", .name())
            let roles = fields.required("roles", .list(of: .oneOf(Value.Role.self), count: 1...4))
            let groups: [GroupName] = fields.value("groups", .list(of: .name()), default: [])
            let token: Digest? = fields.required("token_sha256", .digest)
            let chat = fields.optionalString("chat")
            guard let name, let roles, let token else { return nil }
            guard name.text != Value.anonymous else {
                fields.problems.add(
                    fields.place,
                    .badValue,
                    "nobody can be called \(Value.anonymous): the log calls those so who showed no valid token"
                )
                return nil
            }
            return Value(name: name, roles: roles, groups: groups, tokenDigest: token, chat: chat)
        }
    }
}

extension Shape {
    fileprivate static func name<Kind>() -> Shape where Value == Name<Kind> {
        .text(NameRule.sentence) { text, place, label, problems in
            if let name = Name<Kind>(text) { return name }
            problems.add(place, .badValue, "\(label) cannot be \(Problem.quote(text)): \(NameRule.sentence)")
            return nil
        }
    }
}

extension Shape where Value == Digest {
    fileprivate static var digest: Shape {
        .text("64 lower-case hexadecimal digits") { text, place, label, problems in
            if let digest = Digest(hex: text) { return digest }
            problems.add(
                place,
                .badValue,
                "\(label) must be 64 lower-case hexadecimal digits",
                remedy: "`printf %s \"$TOKEN\" | sha256sum` prints them"
            )
            return nil
        }
    }
}

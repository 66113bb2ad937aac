import ControllerService
import HTTPTypes
import HummingbirdCore
import NIOCore
import ReleaseDecisions
import StructuredText
import TrainModel

/// One request that its route admits, with what its handler needs.
struct Call: Sendable {
    static let smallBody_bytes_max = 64 << 10
    /// A plan of 1 MiB, every character of it escaped.
    static let planBody_bytes_max = 8 << 20

    let controller: Controller
    /// Nil only where everybody may ask.
    let asker: Operator?
    let parameters: [String: String]
    let request: Request
    /// Nil: no chat may send anything.
    let chat: ChatDoor?
    /// The request's body, cut when it comes too slowly.
    let pacedBody: PacedBody

    /// In whose name a command is given: from the token, never from the request.
    func actor() throws(APIError) -> Actor {
        guard let asker else { throw .unknownToken }
        return asker.actor
    }

    // MARK: - Path and query

    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// A name in the path; one that cannot be a name is not there either.
    func name<Kind>(_ key: String, _ noun: String) throws(APIError) -> Name<Kind> {
        guard let name = Name<Kind>(parameter(key)) else {
            throw APIError(
                .notFound,
                "not_found",
                "there is no \(noun) \(Problem.quote(parameter(key)))",
                remedy: NameRule.sentence
            )
        }
        return name
    }

    /// The query's values by key; a key that is not `known`, stands twice or has no value is refused.
    func query(_ known: Set<String>) throws(APIError) -> [String: String] {
        guard let query = request.uri.query, !query.isEmpty else { return [:] }
        var values: [String: String] = [:]
        for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = PercentEncoding.decode(parts[0]), known.contains(key), parts.count == 2,
                values[key] == nil, let value = PercentEncoding.decode(parts[1])
            else { throw .malformed("the query \(Problem.quote(pair)) is not understood here") }
            values[key] = value
        }
        return values
    }

    // MARK: - Body

    /// A strictly read JSON object: unknown, missing and doubled keys are refused.
    func body<Value>(
        bytes_max: Int = smallBody_bytes_max,
        _ read: @escaping (Fields) -> Value?
    ) async throws -> Value {
        try await self.read(bodyBytes(bytes_max: bytes_max), read)
    }

    /// A body that may hold one key, or nothing.
    func option<Value>(_ key: String, _ shape: Shape<Value>) async throws -> Value? {
        try await body { .some($0.optional(key, shape)) }
    }

    func read<Value>(_ bytes: [UInt8], _ read: @escaping (Fields) -> Value?) throws(APIError) -> Value {
        do {
            return try JSONText.decode(
                bytes,
                file: "request body",
                limits: TextLimits(bytes_max: Self.planBody_bytes_max, depth_max: 8),
                read
            )
        } catch {
            throw .malformed(error)
        }
    }

    func bodyBytes(bytes_max: Int) async throws -> [UInt8] {
        if let announced = request.headers[.contentLength].flatMap({ Int($0) }), announced > bytes_max {
            throw APIError.tooLarge(bytes_max: bytes_max)
        }
        var bytes: [UInt8] = []
        for try await part in pacedBody {
            guard bytes.count + part.readableBytes <= bytes_max else { throw APIError.tooLarge(bytes_max: bytes_max) }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    // MARK: - Commands

    /// Performs a command in the asker's name.
    func perform(_ command: Command) async throws -> Response {
        try await Self.answer(controller.perform(command, by: actor()).get())
    }

    /// What the controller found under a registered plan's name.
    func planned<View>(_ view: (PlanName) async throws -> View?) async throws -> View {
        guard let name = PlanName(parameter("plan")), let view = try await view(name) else {
            throw APIError.noSuchPlan(parameter("plan"))
        }
        return view
    }

    static func answer(_ accepted: Accepted) -> Response {
        switch accepted {
        case .done, .enrolled: .json(.object(["outcome": "done"]))
        case .alreadyDone: .json(.object(["outcome": "already_done"]))
        case .started(let id):
            .json(.object(["outcome": "started", "release": .string(id.text)]), status: .created)
        }
    }
}

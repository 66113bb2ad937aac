import StructuredText
import TimeAndChance
import TrainModel

// How names, versions and sources stand in requests.

extension JSONValue {
    static func texts(_ names: [some CustomStringConvertible]) -> JSONValue { .list(names.map { .string("\($0)") }) }

    static func instant(_ instant: Instant) -> JSONValue { .integer(instant.unix_ms) }

    static func versions(_ versions: [ServiceName: Version]) -> JSONValue {
        .object(versions.sorted { $0.key < $1.key }.map { .init($0.key.text, .string($0.value.text)) })
    }
}

extension ArtifactSource {
    /// Without its reference, which only registered artifacts have.
    func json(besides own: [JSONValue.Member] = []) -> JSONValue {
        var members = own
        if !branch.isEmpty { members.append(.init("branch", .string(branch))) }
        if !commit.isEmpty { members.append(.init("commit", .string(commit))) }
        if let built { members.append(.init("built", .instant(built))) }
        if !changes.isEmpty { members.append(.init("changes", .list(changes.map(\.json)))) }
        return .object(members)
    }
}

extension Change {
    fileprivate var json: JSONValue {
        ["id": .string(id), "author": .string(author), "title": .string(title), "ticket": .string(ticket)]
    }
}

import HTTPCalls
import Patterns
import ReleaseDecisions
import StructuredText
import Synchronization
import TimeAndChance
import TrainModel

/// Reads registries over the OCI distribution API.
///
/// A tag's digest is asked for once and remembered while the tag is there: what arrived is what the tag meant then, and
/// a registry of thousands of tags costs one page of names a look.
public final class RegistryReader: Sendable {
    private typealias Place = String

    private let asker: Asker
    private let known = Mutex<[Place: [Version: Digest]]>([:])

    /// Manifests asked for at once.
    private static let requests_max = 8

    public init(_ configuration: OutsideConfiguration, http: HTTPClient) {
        asker = Asker(http: http, credentials: configuration.credentials)
    }

    /// The tags that the rule's pattern accepts, in the registry's order.
    public func tags(of rule: ArrivalRule, within: Interval) async -> Result<[SeenTag], OutsideFailure> {
        do throws(OutsideFailure) {
            let deadline = Deadline(in: within)
            let repository = try RegistryRepository(rule, asker)
            let names = try await repository.tags(matching: try Self.pattern(of: rule), by: deadline)
            let digests = try await digests(of: names, in: repository, by: deadline)
            return .success(
                names.compactMap { name in
                    digests[name].map {
                        SeenTag(tag: name, digest: $0, reference: "\(repository.reference)@sha256:\($0.hex)")
                    }
                }
            )
        } catch {
            return .failure(error)
        }
    }

    private static func pattern(of rule: ArrivalRule) throws(OutsideFailure) -> Pattern {
        do throws(Pattern.Flaw) {
            return try Pattern(rule.tagPattern)
        } catch {
            throw OutsideFailure(.notAllowed, "the plan's tag pattern is none: \(error.sentence)", remedy: "mend it")
        }
    }

    // MARK: - Digests

    /// Without tags that were gone when they were asked for. What was learnt before a failure is kept for the next look.
    private func digests(
        of names: [Version],
        in repository: RegistryRepository,
        by deadline: Deadline
    ) async throws(OutsideFailure) -> [Version: Digest] {
        let place = repository.reference
        let present = Set(names)
        var digests = (known.withLock { $0[place] } ?? [:]).filter { present.contains($0.key) }
        let missing = names.filter { digests[$0] == nil }
        var failure: OutsideFailure?
        await withTaskGroup(of: (Version, Result<Digest?, OutsideFailure>).self) { group in
            var waiting = missing.makeIterator()
            func ask() {
                guard failure == nil, let name = waiting.next() else { return }
                group.addTask { (name, await repository.digest(of: name, by: deadline)) }
            }
            for _ in 0..<Self.requests_max { ask() }
            for await (name, result) in group {
                switch result {
                case .success(let digest): digests[name] = digest
                case .failure(let reason): failure = failure ?? reason
                }
                ask()
            }
        }
        known.withLock { $0[place] = digests }
        if let failure { throw failure }
        return digests
    }
}

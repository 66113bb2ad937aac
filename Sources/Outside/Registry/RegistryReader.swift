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
/// a registry of thousands of tags costs one page of names a look. Of several that are new at once it is asked too when
/// they were built, since only the newest shall be deployed and registries list tags in any order.
public final class RegistryReader: Sendable {
    private typealias Place = String

    private struct Found: Sendable {
        let digest: Digest
        let created: Instant?
    }

    private let asker: Asker
    private let known = Mutex<[Place: [Version: Found]]>([:])

    /// Manifests asked for at once.
    private static let requests_max = 8

    /// More that are new at once are what was there before.
    private static let dated_max = 64

    public init(_ configuration: OutsideConfiguration, http: HTTPClient) {
        asker = Asker(http: http, credentials: configuration.credentials)
    }

    /// The tags that the rule's pattern accepts, in the registry's order.
    public func tags(of rule: ArrivalRule, within: Interval) async -> Result<[SeenTag], OutsideFailure> {
        do throws(OutsideFailure) {
            let deadline = Deadline(in: within)
            let repository = try RegistryRepository(rule, asker)
            let names = try await repository.tags(matching: try Self.pattern(of: rule), by: deadline)
            let found = try await find(names, in: repository, by: deadline)
            return .success(
                names.compactMap { name in
                    found[name].map { found in
                        SeenTag(
                            tag: name,
                            digest: found.digest,
                            reference: "\(repository.reference)@sha256:\(found.digest.hex)",
                            created: found.created
                        )
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
    private func find(
        _ names: [Version],
        in repository: RegistryRepository,
        by deadline: Deadline
    ) async throws(OutsideFailure) -> [Version: Found] {
        let place = repository.reference
        let present = Set(names)
        var found = (known.withLock { $0[place] } ?? [:]).filter { present.contains($0.key) }
        let missing = names.filter { found[$0] == nil }
        let areDated = (2...Self.dated_max).contains(missing.count)
        var failure: OutsideFailure?
        await withTaskGroup(of: (Version, Result<Found?, OutsideFailure>).self) { group in
            var waiting = missing.makeIterator()
            func ask() {
                guard failure == nil, let name = waiting.next() else { return }
                group.addTask { (name, await Self.find(name, isDated: areDated, in: repository, by: deadline)) }
            }
            for _ in 0..<Self.requests_max { ask() }
            for await (name, result) in group {
                switch result {
                case .success(let tag): found[name] = tag
                case .failure(let reason): failure = failure ?? reason
                }
                ask()
            }
        }
        known.withLock { $0[place] = found }
        if let failure { throw failure }
        return found
    }

    /// Nil for a tag that is gone.
    private static func find(
        _ name: Version,
        isDated: Bool,
        in repository: RegistryRepository,
        by deadline: Deadline
    ) async -> Result<Found?, OutsideFailure> {
        do throws(OutsideFailure) {
            guard let digest = try await repository.digest(of: name, by: deadline).get() else { return .success(nil) }
            let created = isDated ? try await repository.created(digest, by: deadline) : nil
            return .success(Found(digest: digest, created: created))
        } catch {
            return .failure(error)
        }
    }
}

import Programs
import ReleaseDecisions
import StructuredText
import TimeAndChance
import TrainModel

/// Reads the changes of a branch with git.
public struct RepositoryReader: Sendable {
    /// More since the candidate before are no candidate: nobody could sign them off, and none may be left out.
    public static let changes_max = 2_000

    private let repositories: [String: WatchedRepository]
    private let credentials: Credentials

    public init(_ configuration: OutsideConfiguration) {
        repositories = configuration.repositories
        credentials = configuration.credentials
    }

    /// - Parameter since: a commit whose own and earlier changes are left out; empty: as many as may be named.
    public func changes(
        of rule: CandidateRule,
        since: String,
        within: Interval
    ) async -> Result<FoundChanges, ChangesUnknown> {
        do throws(OutsideFailure) {
            guard let repository = repositories[rule.repository] else {
                let known = Suggestion.remedy(for: rule.repository, among: repositories.keys)
                throw OutsideFailure(
                    .notConfigured,
                    "the controller has no repository \(Problem.quote(rule.repository))",
                    remedy: known ?? "name it under `repositories` in the controller's configuration"
                )
            }
            let git = try Git(repository, credentials, Deadline(in: within))
            return .success(try await changes(in: repository, git, branch: rule.branch, since: since))
        } catch {
            return .failure(ChangesUnknown(reason: error.description))
        }
    }

    private func changes(
        in repository: WatchedRepository,
        _ git: Git,
        branch: String,
        since: String
    ) async throws(OutsideFailure) -> FoundChanges {
        guard Git.isBranch(branch), since.isEmpty || Git.isCommit(since) else {
            throw OutsideFailure(
                .notAllowed,
                "git cannot be asked for branch \(Problem.quote(branch)) since \(Problem.quote(since))",
                remedy: "name the branch alone, such as main"
            )
        }
        if let url = repository.url { try await git.update(branch, from: url) }
        let commit = try await git.commit(of: branch)
        let log = try await git.log(
            from: since,
            to: commit,
            count_max: Self.changes_max + 1,
            isFirstParentOnly: repository.isFirstParentOnly
        )
        let changes = try Self.changes(in: log, ticket: repository.ticket)
        guard since.isEmpty || changes.count <= Self.changes_max else {
            throw OutsideFailure(
                .badAnswer,
                "\(branch) has more than \(Self.changes_max) changes since \(since.prefix(12))",
                remedy: "deploy nearer steps; no change may go unnamed"
            )
        }
        return FoundChanges(commit: commit, changes: Array(changes.prefix(Self.changes_max)))
    }
}

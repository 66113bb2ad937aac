import Calendars
import Foundation
import Outside
import Programs
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// With the machine's own git.
@Suite(.timeLimit(.minutes(1))) struct RepositoryTests {
    private let folder: TemporaryFolder
    private var work: String { "\(folder.path)/work" }

    init() async throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        try await git("init", "--quiet", "--initial-branch=main")
    }

    @discardableResult
    private func git(_ arguments: String..., author: String = "Ana") async throws -> String {
        let program = Program(
            ["git", "-c", "commit.gpgsign=false"] + arguments,
            environment: [
                "PATH": Program.searchPath, "HOME": folder.path, "GIT_AUTHOR_NAME": author,
                "GIT_AUTHOR_EMAIL": "ana@example.com", "GIT_COMMITTER_NAME": "bo",
                "GIT_COMMITTER_EMAIL": "bo@example.com",
            ],
            folder: work,
            timeout_ms: 30_000
        )
        let result = await program.run()
        try #require(result.hasPassed, "\(result.failure(of: program) ?? "")")
        return String(decoding: result.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @discardableResult
    private func commit(_ message: String, author: String = "Ana") async throws -> String {
        try await git("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "-m", message, author: author)
        return try await git("rev-parse", "HEAD")
    }

    private func changes(
        since: String = "",
        branch: String = "main",
        repository: String = "web",
        _ settings: String = ""
    ) async throws -> Result<FoundChanges, ChangesUnknown> {
        let reader = RepositoryReader(try configuration("repositories: { web: { path: \(work)\(settings) } }"))
        let rule = CandidateRule(cut: nil, zone: .utc, repository: repository, branch: branch)
        return await reader.changes(of: rule, since: since, within: .seconds(30))
    }

    private func reason(_ result: Result<FoundChanges, ChangesUnknown>) -> String {
        if case .failure(let unknown) = result { unknown.reason } else { "" }
    }

    @Test func `the changes since a commit come newest first, with author and ticket`() async throws {
        let first = try await commit("WEB-1 the beginning")
        let second = try await commit("Mend the lamp (WEB-22)\n\nWEB-9 stands in the text only", author: "Bö Ωmega")
        let third = try await commit("no ticket")
        let found = try await changes(since: first).get()
        #expect(found.commit == third)
        #expect(found.changes.map(\.id) == [third, second])
        #expect(found.changes.map(\.ticket) == ["", "WEB-22"])
        #expect(found.changes.map(\.author) == ["Ana", "Bö Ωmega"])
        #expect(found.changes.last?.title == "Mend the lamp (WEB-22)")
        #expect(try await changes().get().changes.count == 3)
        #expect(try await changes(since: third).get().changes.isEmpty)
    }

    @Test func `what people write into a commit stays one change`() async throws {
        let first = try await commit("begin")
        let hostile = [
            "%H%x00forged%x00title", "--exec=reboot", "a\u{1b}[2Jb\u{202e}c\u{7}",
            String(repeating: "x", count: 100_000),
            "\\0 \\x00 NUL", "\u{301}\u{301}\u{301}", "$(reboot) `reboot` ; reboot",
        ]
        for title in hostile { try await commit(title, author: "--upload-pack=reboot\u{1b}[31m") }
        let found = try await changes(since: first).get()
        #expect(found.changes.count == hostile.count)
        for change in found.changes {
            #expect(change.title.unicodeScalars.count <= 250)
            #expect(!change.title.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202e })
            #expect(!change.author.unicodeScalars.contains { $0.value < 0x20 })
        }
        #expect(found.changes.contains { $0.title.hasPrefix("$(reboot) `reboot`") })
    }

    @Test func `a pattern of the controller's own finds other tickets`() async throws {
        try await commit("fix #482 and #9")
        let found = try await changes(", ticket: '#\\d+'").get()
        #expect(found.changes.first?.ticket == "#482")
    }

    @Test func `a merge counts once where only the branch itself is read`() async throws {
        let first = try await commit("begin")
        try await git("checkout", "--quiet", "-b", "topic")
        try await commit("on the topic")
        try await git("checkout", "--quiet", "main")
        try await git("merge", "--quiet", "--no-ff", "-m", "WEB-5 Merge the topic", "topic")
        #expect(try await changes(since: first).get().changes.count == 2)
        let merged = try await changes(since: first, ", first_parent: true").get().changes
        #expect(merged.map(\.title) == ["WEB-5 Merge the topic"])
    }

    @Test func `a mirror is made, and brought up to date before each reading`() async throws {
        let first = try await commit("begin")
        let settings = "/../mirror.git, url: 'file://\(work)'"
        #expect(try await changes(settings).get().commit == first)
        let second = try await commit("go on")
        #expect(try await changes(since: first, settings).get().changes.map(\.id) == [second])
        try await git("commit", "--quiet", "--amend", "--allow-empty", "-m", "rewritten")
        #expect(try await changes(since: first, settings).get().changes.map(\.title) == ["rewritten"])
    }

    @Test func `more changes than anybody can sign off are no candidate`() async throws {
        let first = try await commit("begin")
        // 2,001 commits in one go.
        var stream = ""
        for number in 1...2_001 {
            stream +=
                "commit refs/heads/main\nmark :\(number)\ncommitter a <a@example.com> \(1_700_000_000 + number) +0000\n"
            stream += "data 1\nx\n" + (number == 1 ? "from \(first)\n" : "") + "\n"
        }
        let path = try folder.file("stream", stream)
        _ = await Program(
            ["sh", "-c", "git fast-import --quiet < \(path)"],
            environment: ["PATH": Program.searchPath],
            folder: work,
            timeout_ms: 30_000
        ).run()
        #expect(reason(try await changes(since: first)).contains("more than 2000 changes"))
        #expect(try await changes().get().changes.count == 2_000)
    }

    @Test(arguments: ["--all", "main..topic", "main^{tree}", "-x", "../main", "main~1", "a b", "", "@{u}"])
    func `a branch that git could take for something else is not asked for`(branch: String) async throws {
        try await commit("begin")
        #expect(reason(try await changes(branch: branch)).contains("git cannot be asked"))
    }

    @Test func `what is not there is a failure that says what`() async throws {
        try await commit("begin")
        #expect(reason(try await changes(branch: "other")).contains("has no branch other"))
        #expect(reason(try await changes(repository: "wbe")).contains("did you mean \"web\"?"))
        #expect(reason(try await changes(since: "main")).contains("git cannot be asked"))
        let unknown = String(repeating: "1", count: 40)
        #expect(reason(try await changes(since: unknown)).contains("git log"))
        #expect(reason(try await changes("/nowhere")).contains("has no branch main"))
    }

    @Test func `a repository's own settings run no program of theirs`() async throws {
        try await commit("begin")
        let trap = "\(folder.path)/trap"
        for key in ["core.pager", "core.fsmonitor", "gpg.program", "core.sshCommand", "diff.external"] {
            try await git("config", key, "touch \(trap)")
        }
        try await git("config", "log.showSignature", "true")
        _ = try await changes().get()
        #expect(!FileManager.default.fileExists(atPath: trap))
    }
}

import Foundation
import Programs
import Testing

/// What people do with the command while a controller and agents run, every program as it is installed.
@Suite(.timeLimit(.minutes(3))) struct CommandActTests {
    private static let operators = [
        "ana": "roles: [operator, approver, admin], groups: [ops]",
        "bo": "roles: [approver], groups: [leads]", "cy": "roles: [approver]",
    ]
    private static let people = "rotations:\n  release: { people: [bo], each: 7d, from: 2020-01-06 09:00 }\n"
    private static let plan = """
        wavetrain: 1
        plan: shop
        include: [people.yaml]
        artifact: shop
        services:
          accounts: { recipe: note }
          orders: { recipe: note, after: [accounts] }
        smoke: [{ running_version: matches }]
        maturity:
          - stable: { predicate: quality, where: { coverage: '>= 80' } }
          - beta: { predicate: quality, where: { coverage: '>= 60' } }
          - alpha: {}
        break_glass: { by: ops, page: leads, debt: write down why }
        stages:
          test: { regions: [east] }
          production:
            regions: [west]
            needs: [{ approval: { by: oncall(release) } }]

        """

    private func cluster(_ settings: String = "", in folder: Scratch? = nil) async throws -> (Cluster, plan: String) {
        let cluster = try await Cluster(settings, operators: Self.operators, in: folder)
        for region in ["east", "west"] {
            let state = "\(cluster.folder.path)/\(region)-state"
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            try await cluster.join(
                region,
                "recipes: { note: \(try cluster.noting("note", in: state, under: region)) }\n"
            )
        }
        try cluster.folder.write("people.yaml", Self.people)
        return (cluster, try cluster.folder.write("shop.yaml", Self.plan))
    }

    private func register(_ version: String, _ more: String..., with cluster: Cluster) async throws {
        let digest = String(repeating: version.last.map(String.init) ?? "0", count: 64)
        let said = try await cluster.wavetrain(
            ["artifact", "register", "shop", version, "--digest", digest, "--reference", "example.com/shop:\(version)"]
                + more
        )
        try #require(said.status == 0, "\(said.text)")
    }

    private func release(_ version: String, _ id: String, _ plan: String, with cluster: Cluster) async throws {
        try await cluster.done("release", "start", plan, "--version", version)
        try await cluster.done("release", "watch", id, "--until-held", exits: 5)
        try await cluster.done(as: "bo", "release", "approve", id)
        try await cluster.done("release", "watch", id, says: "completed")
    }

    @Test func `a part goes back, then the whole set`()
        async throws
    {
        let (cluster, plan) = try await cluster()
        try await cluster.done("plan", "register", plan)
        for (number, version) in ["1", "2", "3"].enumerated() {
            try await register(version, with: cluster)
            try await release(version, "shop-\(number + 1)", "shop", with: cluster)
        }
        func runs(_ service: String) throws -> String { try cluster.folder.read("west-state/\(service).version") }
        try await cluster.done(
            "release",
            "rollback",
            "shop-3",
            "--region",
            "west",
            "--service",
            "orders",
            "--reason",
            "orders are lost"
        )
        try await cluster.until(
            "find",
            "deployments",
            "--region",
            "west",
            "--service",
            "orders",
            "--current",
            says: "orders   2"
        )
        #expect(try runs("orders") == "2\n")
        #expect(try runs("accounts") == "3\n")
        #expect(try cluster.folder.read("east-state/orders.version") == "3\n")

        try await register("4", with: cluster)
        try await cluster.done("release", "start", "shop", "--version", "4")
        try await cluster.done("release", "watch", "shop-4", "--until-held", exits: 5)
        try await cluster.done(as: "bo", "release", "approve", "shop-4")
        try await cluster.until("release", "show", "shop-4", says: "wavetrain release unpin shop-3")
        #expect(try runs("orders") == "2\n")
        try await cluster.done("release", "abort", "shop-4", "--reason", "not needed")
        try await cluster.done("release", "unpin", "shop-3", "--reason", "understood")

        try await cluster.done("release", "rollback", "--set", "shop", "production", "--reason", "accounts too")
        try await cluster.until(
            "find",
            "deployments",
            "--region",
            "west",
            "--service",
            "accounts",
            "--current",
            says: "accounts  2"
        )
        #expect(try runs("accounts") == "2\n")
        #expect(try runs("orders") == "2\n")
    }

    @Test func `somebody stands in on call, and the glass is broken in need, which is owed for afterwards`()
        async throws
    {
        let (cluster, plan) = try await cluster()
        try await cluster.done("plan", "register", plan)
        try await register("1", with: cluster)
        try await cluster.done("release", "start", "shop", "--version", "1")
        try await cluster.done("release", "watch", "shop-1", "--until-held", exits: 5)
        try await cluster.done(as: "cy", "release", "approve", "shop-1", exits: 1, says: "cy may not")
        try await cluster.done(
            "oncall",
            "override",
            "release",
            "cy",
            "--to",
            "+1h",
            "--reason",
            "bo is on a train"
        )
        try await cluster.done("oncall", "show", "release", says: "cy")
        try await cluster.done("release", "show", "shop-1", says: "cy")
        try await cluster.done(as: "bo", "release", "approve", "shop-1", exits: 1, says: "bo may not")
        try await cluster.done(as: "cy", "release", "approve", "shop-1")
        try await cluster.done("release", "watch", "shop-1", says: "completed")

        try await cluster.done("release", "start", "shop", "--version", "1")
        try await cluster.done("release", "watch", "shop-2", "--until-held", exits: 5)
        try await cluster.done("release", "break-glass", "shop-2", "--reason", "all is down")
        try await cluster.done("release", "watch", "shop-2", says: "completed")
        try await cluster.done("debt", "list", says: "write down why")
        try await cluster.done("alarm", "list", says: "all is down")
        try await cluster.done("release", "start", "shop", "--version", "1", exits: 1, says: "owed")
        try await cluster.done("debt", "pay", "shop-2/1", "--note", "written")
        try await cluster.done("debt", "list", says: "nothing is owed")
    }

    @Test func `a candidate is cut by hand from a real repository, with its changes, and a malformed tag is refused`()
        async throws
    {
        let folder = try Scratch()
        let repository = "\(folder.path)/repository"
        @discardableResult
        func git(_ arguments: String...) async throws -> String {
            let program = Program(
                ["git", "-c", "user.name=ana", "-c", "user.email=ana@example.com"] + arguments,
                environment: ["PATH": Program.searchPath, "HOME": folder.path],
                folder: folder.path,
                timeout_ms: 30_000
            )
            let result = await program.run()
            try #require(result.hasPassed, "\(arguments): \(String(decoding: result.errors, as: UTF8.self))")
            return String(decoding: result.output, as: UTF8.self).trimmingCharacters(in: .newlines)
        }
        try await git("init", "--quiet", "--initial-branch=main", repository)
        for title in ["WEB-1 Show the price", "WEB-2 Mend the basket"] {
            try await git("-C", repository, "commit", "--quiet", "--allow-empty", "-m", title)
        }
        let commit = try await git("-C", repository, "rev-parse", "HEAD")
        let (cluster, plan) = try await cluster("repositories: { shop: { path: \(repository) } }\n", in: folder)
        let text = Self.plan + "train: { name: shop, candidates: { repository: shop } }\n"
        try folder.write("shop.yaml", text)
        try await cluster.done("plan", "register", plan)
        try await register("abc1234", "--branch", "main", "--commit", commit, with: cluster)
        try await cluster.done("candidate", "cut", "shop", "--tag", "2024.9.1", exits: 1, says: "YYYY.MM.DD.N")
        try await cluster.done("candidate", "cut", "shop")
        let list = try await cluster.until("candidate", "list", "shop", says: "abc1234")
        #expect(list.contains("by ana"), "\(list)")
        let year = Calendar(identifier: .gregorian).component(.year, from: Date())
        let tag = try #require(list.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("\(year).") }, "\(list)")
        try await cluster.done("release", "start", "shop", "--candidate", String(tag))
        let notes = try await cluster.done("release", "notes", "shop-1", says: "WEB-2")
        #expect(notes.contains("Show the price") && notes.contains("ana"), "\(notes)")
    }

    @Test func `a release is called by its measured quality wherever it is listed`() async throws {
        let (cluster, plan) = try await cluster()
        try await register("1", with: cluster)
        try await cluster.done("release", "start", plan, "--version", "1")
        try await cluster.done("release", "show", "shop-1", says: "alpha by its measured quality")
        try await cluster.done("evidence", "attest", "shop", "1", "quality", "coverage=65")
        try await cluster.done("release", "show", "shop-1", says: "beta by its measured quality")
        let list = try await cluster.done("release", "list", says: "MATURITY")
        #expect(list.contains("beta"), "\(list)")
        try await cluster.done("evidence", "attest", "shop", "1", "quality", "coverage=91")
        try await cluster.done("release", "list", says: "stable")
    }
}

import Foundation
import HTTPCalls
import TestSupport
import Testing

/// Process 3, point 2, with everything real: a controller and an agent that run, votes from the command, over the
/// board's API, and from a chat that signs with `openssl`.
@Suite(.timeLimit(.minutes(3))) struct Process3VoteTests {
    private static let secret = "an-example-of-a-secret-that-is-long-enough"
    private static let operators = [
        "ana": "roles: [operator, approver], groups: [module-leads]",
        "bo": "roles: [approver], groups: [sre], chat: U-BO",
        "chidi": "roles: [approver], groups: [qa], chat: U-CHIDI",
        "dee": "roles: [approver], groups: [product], chat: U-DEE",
        "eve": "roles: [operator, admin], groups: [qa], chat: U-EVE",
    ]
    private static let plan = """
        wavetrain: 1
        plan: modules
        services: { accounts: { recipe: chart } }
        stages:
          production:
            regions: [production]
            needs:
              - vote:
                  roles:
                    module-lead: { by: module-leads, checklist: [added unit tests are listed, major or minor is said] }
                    sre: { by: sre }
                    qa: { by: qa, veto: true, checklist: [a load-test report is attached] }
                    product: { by: product }

        """

    private let cluster: Cluster
    private let plan: String

    init() async throws {
        let folder = try Scratch()
        let secret = try folder.write("chat-secret", Self.secret)
        cluster = try await Cluster("chat_secret_file: \(secret)\n", operators: Self.operators, in: folder)
        let recipe = try cluster.noting("chart", in: folder.path)
        try await cluster.join("production", by: "eve", "recipes: { chart: \(recipe) }\n")
        plan = try folder.write("modules.yaml", Self.plan)
        for (version, letter) in [("1-4-2-abc1234", "a"), ("1-4-3-abc1235", "b")] {
            try await cluster.done(
                "artifact",
                "register",
                "accounts",
                version,
                "--digest",
                String(repeating: letter, count: 64),
                "--reference",
                "charts.example.com/accounts:\(version)"
            )
        }
        try await cluster.done("release", "start", plan, "--version", "1-4-2-abc1234")
    }

    // MARK: - The chat

    /// What the chat sends; `key` signs it, `time_s` is when.
    private func chat(
        _ user: String,
        _ text: String,
        key: String = Self.secret,
        time_s: Int = Int(Date().timeIntervalSince1970)
    ) async throws -> (status: Int, text: String) {
        let body = #"{"user":"\#(user)","text":"\#(text)"}"#
        return try await send(body, time_s, try signature(of: "v1:\(time_s):\(body)", key))
    }

    private func send(_ body: String, _ time_s: Int, _ signature: String) async throws -> (status: Int, text: String) {
        try await cluster.ask(
            "POST",
            "/v1/chat",
            as: nil,
            [.init("Wavetrain-Timestamp", "\(time_s)"), .init("Wavetrain-Signature", "v1=\(signature)")],
            body: body
        )
    }

    private func signature(of text: String, _ key: String) throws -> String {
        let said = try ForeignProcess.output(of: ["openssl", "dgst", "-sha256", "-hmac", key, "-r"], given: text)
        return String(String(decoding: said, as: UTF8.self).prefix(64))
    }

    // MARK: - The board

    private func vote(_ word: String, as name: String, _ role: String, ticked: [String], reason: String) async throws
        -> (status: Int, text: String)
    {
        let release = try await cluster.ask("GET", "/v1/releases/modules-1", as: name)
        let view = try #require(try JSONSerialization.jsonObject(with: Data(release.text.utf8)) as? [String: Any])
        let body: [String: Any] = [
            "release_digest": try #require(view["releaseDigest"] as? String),
            "evidence_digest": try #require(view["evidenceDigest"] as? String), "vote": word, "role": role,
            "ticked": ticked, "reason": reason,
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
        return try await cluster.ask("POST", "/v1/releases/modules-1/votes", as: name, body: text)
    }

    // MARK: - Facts

    @Test func `votes of all roles come by the command, the board and the chat, and let it go`() async throws {
        try await cluster.done(
            "release",
            "vote",
            "modules-1",
            "go",
            "--role",
            "module-lead",
            "--tick",
            "all",
            "--reason",
            "minor"
        )
        let qa = try await vote(
            "go",
            as: "chidi",
            "qa",
            ticked: ["a load-test report is attached"],
            reason: "the suite is green"
        )
        #expect(qa.status == 200, "\(qa.text)")
        let sre = try await chat("U-BO", "vote modules-1 go --role sre --reason only approved fixes")
        #expect(sre.status == 200, "\(sre.text)")
        try await cluster.done("release", "show", "modules-1", says: "no GO yet of product")
        let product = try await chat("U-DEE", "vote modules-1 go --role product --reason customers wait for it")
        #expect(product.status == 200, "\(product.text)")
        try await cluster.done("release", "watch", "modules-1", says: "completed")
        let log = try await cluster.ask("GET", "/v1/audit", as: "eve").text
        for name in ["ana", "bo", "chidi", "dee"] { #expect(log.contains("\"\(name)\""), "\(name)") }
    }

    @Test func `a veto from the chat stops it whatever the others said`() async throws {
        for (user, role) in [("U-BO", "sre"), ("U-DEE", "product")] {
            #expect(try await chat(user, "vote modules-1 go --role \(role) --reason fine").status == 200)
        }
        let other = try await chat("U-BO", "vote modules-1 veto --role sre --reason I do not like it")
        #expect(other.status != 200, "only QA may: \(other.text)")
        let mute = try await chat("U-CHIDI", "vote modules-1 veto --role qa")
        #expect(mute.status == 422, "\(mute.text)")
        let veto = try await chat("U-CHIDI", "vote modules-1 veto --role qa --reason orders are lost under load")
        #expect(veto.status == 200, "\(veto.text)")
        try await cluster.done("release", "watch", "modules-1", exits: 4, says: "orders are lost under load")
        let late = try await chat("U-DEE", "vote modules-1 go --role product --reason but customers wait")
        #expect(late.status == 409, "\(late.text)")
    }

    @Test func `a vote under a wrong, old or used signature, by nobody known or without the role counts for nothing`()
        async throws
    {
        let word = "vote modules-1 go --role sre --reason fine"
        let now_s = Int(Date().timeIntervalSince1970)
        for answer in [
            try await chat("U-BO", word, key: "another-secret-that-is-just-as-long-as-it"),
            try await chat("U-BO", word, time_s: now_s - 301), try await chat("U-BO", word, time_s: now_s + 310),
        ] {
            #expect(answer.status == 401)
            #expect(answer.text.contains("bad_signature"), "\(answer.text)")
        }
        #expect(try await chat("U-NOBODY", word).text.contains("unknown_chat_user"))
        #expect(
            try await chat("U-EVE", "vote modules-1 go --role qa --tick all --reason x").text.contains("lacking_role")
        )
        #expect(try await chat("U-BO", "vote modules-1 go --role qa --tick all --reason mine").status == 403)
        let body = #"{"user":"U-BO","text":"vote modules-1 go --role sre --reason once"}"#
        let signature = try signature(of: "v1:\(now_s):\(body)", Self.secret)
        #expect(try await send(body, now_s, signature).status == 200)
        #expect(try await send(body, now_s, signature).status == 401, "each signature counts once")
        try await cluster.done("release", "show", "modules-1", says: "no GO yet of module-lead, qa, product")
    }

    @Test func `a changed artifact voids the votes, and a word for the old one is refused`() async throws {
        let old = try await cluster.ask("GET", "/v1/releases/modules-1").text
        let view = try #require(try JSONSerialization.jsonObject(with: Data(old.utf8)) as? [String: Any])
        let digest = try #require(view["releaseDigest"] as? String)
        #expect(try await chat("U-BO", "vote modules-1 go --role sre --reason fine").status == 200)
        try await cluster.done("release", "repin", "modules-1", "--set", "accounts=1-4-3-abc1235")
        let stale = try await chat(
            "U-DEE",
            "vote modules-1 go --role product --digest \(digest.prefix(8)) --reason fine"
        )
        #expect(stale.status == 409 && stale.text.contains("decided_on_other_digest"), "\(stale.text)")
        let show = try await cluster.done("release", "show", "modules-1", says: "sre")
        #expect(show.contains("void") || show.contains("another"), "\(show)")
    }
}

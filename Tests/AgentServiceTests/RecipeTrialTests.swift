import Cryptography
import Glibc
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// `wavetrain-agent recipe test`: the shipped recipes keep the contract, and one that does not is found out.
@Suite(.timeLimit(.minutes(2))) struct RecipeTrialTests {
    private let tools: StandIns

    init() throws { tools = try StandIns() }

    private static var shipped: String {
        get throws {
            let here = try #require(realpath(#filePath, nil))
            defer { free(here) }
            let path = String(cString: here)
            return path.replacing("Tests/AgentServiceTests/RecipeTrialTests.swift", with: "agents/recipes")
        }
    }

    private func artifact(_ version: String, _ reference: String) throws -> TrialArtifact {
        TrialArtifact(
            version: try #require(Version(version)),
            reference: reference,
            digest: SHA256.digest(of: version.utf8)
        )
    }

    private func wishes(
        _ folder: String,
        _ references: [String] = ["", ""],
        variables: [String: String] = [:],
        host: [String: String]
    ) throws -> RecipeTrialWishes {
        var wishes = RecipeTrialWishes(
            folder: folder,
            first: try artifact("1.0", references[0]),
            second: try artifact("1.1", references[1])
        )
        wishes.variables = variables
        wishes.hostVariables = host
        wishes.timeout = .seconds(20)
        return wishes
    }

    private static let whole = [
        "manifest", "hooks", "needs", "permissions", "scripts", "first deployment", "verify of another version",
        "second version", "verify of the old version", "the same once more", "restart", "roll-back",
        "way back after start", "release directory", "processes", "time limits", "lines",
    ]

    /// Everything was looked at and held. Where the sources stand may be writable for others.
    private func expectWhole(_ report: DiagnosisReport) {
        #expect(report.lines.map(\.subject) == Self.whole, "\(report.table)")
        #expect(report.lines.allSatisfy { $0.state == .ok || $0.subject == "permissions" }, "\(report.table)")
    }

    @Test func `the template keeps the whole contract`() async throws {
        let target = "\(tools.folder.path)/target"
        let report = try await RecipeTrial.run(wishes(Self.shipped + "/template", host: ["target": target]))
        expectWhole(report)
        #expect(try tools.folder.read("target")?.hasPrefix("1.0 ") == true)
    }

    @Test func `the systemd recipe keeps the whole contract`() async throws {
        defer { try? tools.endUnits() }
        let host = [
            "units": "shop.service", "settle_s": "0", "systemctl": try tools.systemctl(),
            "unit_folder": "\(tools.folder.path)/units", "console": "https://console.example.com/",
        ]
        let report = try await RecipeTrial.run(wishes(Self.shipped + "/systemd", host: host))
        expectWhole(report)
        let dropIn = try tools.folder.read("units/shop.service.d/50-wavetrain.conf")
        #expect(dropIn?.contains("\"WAVETRAIN_VERSION=1.0\"") == true)
    }

    @Test func `the container recipe keeps the whole contract, and pulls by digest`() async throws {
        let host = [
            "engine": "docker", "docker": try tools.docker(), "settle_s": "0", "ports": "127.0.0.1:8080:80",
            "env": "A=1 B=2", "volumes": "/srv/shop:/data:ro",
        ]
        let image = "registry.example.com:5000/team/shop"
        let report = try await RecipeTrial.run(
            wishes(Self.shipped + "/container", ["\(image):1.0", image], host: host)
        )
        expectWhole(report)
        let calls = try tools.calls()
        let pinned = "\(image)@sha256:\(SHA256.digest(of: "1.0".utf8).hex)"
        #expect(calls.contains("pull --quiet \(pinned)"))
        #expect(calls.count { $0.hasPrefix("pull") } == 2, "an image that is there is not pulled again")
        let run = try #require(calls.first { $0.hasPrefix("run") })
        #expect(run.hasSuffix(" --publish 127.0.0.1:8080:80 --env A=1 --env B=2 --volume /srv/shop:/data:ro \(pinned)"))
    }

    @Test func `the batch endpoint recipe proves a deployment by a job before it is the default`() async throws {
        let host = ["az": try tools.az(), "resource_group": "group", "compute": "cpu", "poll_s": "0"]
        let order = ["workspace": "test", "endpoint": "be-north-b2", "test_data": "test-data/NORTH/B2/"]
        let report = try await RecipeTrial.run(
            wishes(
                Self.shipped + "/batch-endpoint",
                ["azureml:north-b2:1", "azureml:north-b2:2"],
                variables: order,
                host: host
            )
        )
        expectWhole(report)
        let calls = try tools.calls()
        let invoked = try #require(calls.firstIndex { $0.hasPrefix("ml batch-endpoint invoke") })
        let set = try #require(calls.firstIndex { $0.contains("--set defaults.deployment_name=deployment-1.0") })
        #expect(invoked < set)
        #expect(try tools.folder.read("endpoint-be-north-b2") == "deployment-1.0\n")
    }

    @Test func `a smoke job that fails leaves the endpoint's default as it was`() async throws {
        let host = ["az": try tools.az(), "resource_group": "group", "compute": "cpu", "poll_s": "0"]
        let order = ["workspace": "test", "endpoint": "be-north-b2", "test_data": "test-data/NORTH/B2/"]
        let report = try await RecipeTrial.run(
            wishes(
                Self.shipped + "/batch-endpoint",
                ["azureml:north-b2:1", "azureml:broken:2"],
                variables: order,
                host: host
            )
        )
        let line = try #require(report.lines.last)
        #expect(line.subject == "second version" && line.state == .fail)
        #expect(line.sentence.contains("the smoke job job-1 of be-north-b2 is Failed"), "\(line.sentence)")
        #expect(try tools.folder.read("endpoint-be-north-b2") == "deployment-1.0\n")
    }

    @Test(arguments: [
        ("systemd", ["units": "ssh.service"], ["units": "shop.service"], "lets no order restart ssh.service"),
        ("systemd", ["units": "--now"], ["units": "shop.service"], "begins with -"),
        ("systemd", [:], [:], "the host variable units is missing"),
        ("container", [:], ["engine": "docker", "volumes": "--privileged"], "no item of volumes begins with -"),
        ("container", [:], ["engine": "docker", "name": "a;b"], "holds a character that it may not: a;b"),
        ("container", [:], ["engine": "sh"], "is docker or podman, not sh"),
        ("helm", [:], [:], "the variable namespace is missing"),
        ("helm", ["namespace": "shop", "values": "a=b,c=d"], [:], "an item of values is key=value"),
        ("helm", ["namespace": "--kube-token"], [:], "begins with -"),
        ("batch-endpoint", ["workspace": "a b"], [:], "the variable workspace may not be a b"),
        ("batch-endpoint", ["workspace": "test", "endpoint": "-x"], [:], "the variable endpoint may not be -x"),
    ])
    func `a variable that could be an option or more is refused`(
        recipe: String,
        variables: [String: String],
        host: [String: String],
        sentence: String
    ) async throws {
        // The real program is never reached.
        let paths = ["systemctl", "docker", "helm", "az"].map { ($0, "/bin/false") }
        let report = try await RecipeTrial.run(
            wishes(
                Self.shipped + "/\(recipe)",
                ["example:1", "example:2"],
                variables: variables,
                host: host.merging(paths) { own, _ in own }
            )
        )
        let line = try #require(report.lines.last)
        #expect(line.subject == "first deployment" && line.state == .fail)
        #expect(line.sentence.contains(sentence), "\(line.sentence)")
    }

    // MARK: Recipes that are wrong

    private func writeRecipe(start: String, verify: String, more: String = "") throws -> String {
        try tools.folder.write(
            "bad/wavetrain.yaml",
            """
            wavetrain: 1
            service: bad
            \(more)
            hooks:
              start: { run: start, repeatable: true }
              verify: { run: verify, repeatable: true }

            """
        )
        try tools.folder.write("bad/start", "#!/bin/sh\n\(start)\n", mode: 0o755)
        try tools.folder.write("bad/verify", "#!/bin/sh\n\(verify)\n", mode: 0o755)
        return "\(tools.folder.path)/bad"
    }

    private func failures(of folder: String) async throws -> [String: String] {
        let report = try await RecipeTrial.run(wishes(folder, host: ["state": tools.folder.path]))
        return Dictionary(report.lines.filter { $0.state == .fail }.map { ($0.subject, $0.sentence) }) { $1 }
    }

    @Test func `a verify that repeats what it was told is found out`() async throws {
        let folder = try writeRecipe(start: "true", verify: "echo wavetrain:version $WAVETRAIN_VERSION")
        let failures = try await failures(of: folder)
        #expect(failures["verify of another version"]?.contains("1.1 runs, and it does not") == true, "\(failures)")
    }

    @Test func `hooks that write into the release directory are found out`() async throws {
        let folder = try writeRecipe(
            start: "echo $WAVETRAIN_VERSION > $WAVETRAIN_HOST_VAR_STATE/runs; touch left-over",
            verify: "echo wavetrain:version $(cat $WAVETRAIN_HOST_VAR_STATE/runs)"
        )
        let failures = try await failures(of: folder)
        #expect(failures.keys.sorted() == ["release directory"], "\(failures)")
        #expect(failures["release directory"]?.contains("left-over") == true)
    }

    @Test func `a start that does not bring the version before back is found out`() async throws {
        let folder = try writeRecipe(
            start: "[ $WAVETRAIN_ACTION = return ] || echo $WAVETRAIN_VERSION > $WAVETRAIN_HOST_VAR_STATE/runs",
            verify: "echo wavetrain:version $(cat $WAVETRAIN_HOST_VAR_STATE/runs)"
        )
        let failures = try await failures(of: folder)
        #expect(failures.keys.sorted() == ["way back after start"], "\(failures)")
    }

    @Test func `what can be seen without running it is said first`() async throws {
        let folder = try writeRecipe(start: "if", verify: "true", more: "needs: [no-such-tool, cp]")
        let lacking = try await failures(of: folder)
        #expect(lacking["first deployment"]?.contains("need no-such-tool") == true, "\(lacking)")
        try #require(chmod("\(folder)/verify", 0o777) == 0)
        let failures = try await failures(of: folder)
        #expect(failures["needs"] == "no-such-tool is not on this host")
        #expect(failures["permissions"]?.contains("everybody may write \(folder)/verify") == true, "\(failures)")
        #expect(failures["scripts"]?.hasPrefix("start: ") == true, "\(failures)")
        #expect(failures["first deployment"]?.contains("/verify, and so what this agent runs") == true, "\(failures)")
    }
}

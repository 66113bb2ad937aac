import Glibc
import HostDecisions
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// Orders for recipes: those that are shipped, and what becomes of one that is wrong.
@Suite(.timeLimit(.minutes(2))) struct RecipeTests {
    private let host: TestHost

    init() throws { host = try TestHost() }

    /// `agents/recipes` of this source.
    private static var shipped: String {
        get throws {
            let here = try #require(realpath(#filePath, nil))
            defer { free(here) }
            return String(cString: here).replacing("Tests/AgentServiceTests/RecipeTests.swift", with: "agents/recipes")
        }
    }

    private func order(
        _ recipe: String,
        _ version: String,
        generation: UInt64,
        variables: [String: String] = [:],
        checks: [Check] = []
    ) throws -> Order {
        let artifact = Artifact(
            name: try #require(ArtifactName("shop")),
            version: try #require(Version(version)),
            digest: try #require(Digest(bytes: [UInt8](repeating: UInt8(generation), count: 32))),
            length_bytes: 0
        )
        var order = try Order.deploying(artifact, generation: generation)
        let name: RecipeName = try #require(RecipeName(recipe))
        order.recipe = name
        order.reference = "registry.example.com/shop:\(version)"
        order.variables = variables.sorted { $0.key < $1.key }.map(Variable.init)
        order.checks = checks
        return order
    }

    /// A recipe of shell hooks that say what they get.
    private func writeRecipe(_ name: String, service: String, start: String = "true") throws -> String {
        try host.folder.write(
            "\(name)/wavetrain.yaml",
            """
            wavetrain: 1
            service: \(service)
            hooks:
              start: { run: start, repeatable: true }
            """
        )
        let say = "pwd; env | grep ^WAVETRAIN_ | sort; \(start)"
        try host.folder.write("\(name)/start", "#!/bin/sh\n\(say)\n", mode: 0o755)
        return "\(host.folder.path)/\(name)"
    }

    private func output(_ step: Step, of receipt: Receipt) -> [String] {
        receipt.steps.filter { $0.step == step }.flatMap { $0.outputTail.split(separator: "\n").map(String.init) }
    }

    @Test func `a recipe's hooks get the artifact, and current points at a record of it`() async throws {
        let folder = try writeRecipe("sayer", service: "sayer")
        let orders = [
            try order("sayer", "1.0", generation: 1, variables: ["colour": "blue"]),
            try order("sayer", "2.0", generation: 2),
        ]
        let receipts = try await host.receipts(for: orders, try TestLink([]), recipes: ["sayer": folder])
        #expect(receipts.map(\.outcome) == [.applied, .applied])
        #expect(receipts.map { $0.running?.digest } == orders.map(\.artifact.digest))
        let first = output(.start, of: receipts[0])
        for line in [
            "WAVETRAIN_ACTION=deploy", "WAVETRAIN_ARTIFACT=shop", "WAVETRAIN_VERSION=1.0",
            "WAVETRAIN_DIGEST=\(orders[0].artifact.digest)", "WAVETRAIN_REFERENCE=registry.example.com/shop:1.0",
            "WAVETRAIN_RECIPE_DIR=\(folder)", "WAVETRAIN_VAR_COLOUR=blue",
        ] { #expect(first.contains(line), "\(line)") }
        #expect(output(.start, of: receipts[1]).contains("WAVETRAIN_PREVIOUS_VERSION=1.0"))
        let record = RecipeRecord(
            artifact: orders[1].artifact,
            recipe: .init(name: try #require(orders[1].recipe), reference: orders[1].reference)
        )
        let directories = ReleaseDirectories(root: host.folder.path + "/root")
        #expect(try directories.current(of: orders[1].service) == directories.name(of: record.release))
        #expect(try directories.holds(record.release, orders[1].service))
        let kept = try host.folder.read("root/services/cache/current/recipe.json")
        #expect(kept == String(decoding: record.bytes, as: UTF8.self))
        #expect(try Files.names(in: directories.releases(of: orders[1].service)).count == 2)
    }

    @Test func `a record that was damaged is written anew before current points at it`() throws {
        let directories = ReleaseDirectories(root: host.folder.path + "/root")
        let order = try order("sayer", "1.0", generation: 1)
        let record = RecipeRecord(
            artifact: order.artifact,
            recipe: .init(name: try #require(order.recipe), reference: order.reference)
        )
        try directories.write(record, order.service)
        let name = "root/services/cache/releases/\(directories.name(of: record.release))/recipe.json"
        try host.folder.write(name, "{")
        try directories.write(record, order.service)
        #expect(try host.folder.read(name) == String(decoding: record.bytes, as: UTF8.self))
        try host.folder.write("root/services/cache/releases/.unfinished-2.0/recipe.json", "{")
        try directories.tidy(waitingFor: [])
        #expect(try Files.names(in: directories.releases(of: order.service)).count == 1)
    }

    @Test func `a recipe that fails goes back by itself to the artifact before`() async throws {
        let start = "[ $WAVETRAIN_VERSION = 1.0 ] || exit 1"
        let folder = try writeRecipe("sayer", service: "sayer", start: start)
        let orders = [try order("sayer", "1.0", generation: 1), try order("sayer", "2.0", generation: 2)]
        let receipts = try await host.receipts(for: orders, try TestLink([]), recipes: ["sayer": folder])
        let receipt = try #require(receipts.last)
        #expect(receipt.outcome == .returned)
        #expect(receipt.running?.version == Version("1.0"))
        let back = output(.return, of: receipt)
        #expect(back.contains("WAVETRAIN_REFERENCE=registry.example.com/shop:1.0"))
        #expect(back.contains("WAVETRAIN_ACTION=return"))
    }

    @Test func `a recipe folder that is missing or another's fails before anything is touched`() async throws {
        let other = try writeRecipe("other", service: "other")
        for (generation, folder) in [(UInt64(1), host.folder.path + "/nowhere"), (2, other)] {
            let receipts = try await host.receipts(
                for: [try order("sayer", "1.0", generation: generation)],
                try TestLink([]),
                recipes: ["sayer": folder]
            )
            #expect(receipts.map(\.code) == ["recipe-unusable"])
            #expect(receipts.first?.failedStep == .unpack)
            #expect(receipts.first?.sentence.contains(folder) == true, "\(receipts.first?.sentence ?? "")")
        }
    }

    @Test func `the command recipe runs the host's own program`() async throws {
        let script = """
            #!/bin/sh
            echo "$1 $WAVETRAIN_REFERENCE" >> \(host.state)/log
            [ "$1" != verify ] || echo "wavetrain:version $WAVETRAIN_VERSION"
            """
        try host.folder.write("deploy", script, mode: 0o755)
        let recipes = ["command": try Self.shipped + "/command"]
        let order = try order("command", "1.0", generation: 1)
        let variables = ["command": host.folder.path + "/deploy"]
        let receipts = try await host.receipts(for: [order], try TestLink([]), recipes: recipes, variables: variables)
        #expect(receipts.map(\.outcome) == [.applied], "\(receipts[0].sentence)")
        #expect(try host.log() == ["start \(order.reference)", "verify \(order.reference)"])
        let unset = try self.order("command", "2.0", generation: 2)
        let refused = try await host.receipts(for: [unset], try TestLink([]), recipes: recipes)
        #expect(output(.start, of: refused[0]).first?.contains("host variable command is missing") == true)
    }

    // MARK: Kubernetes

    /// Stands for kubectl and a cluster: deployments are files that hold an image.
    private func writeKubectl() throws -> [String: String] {
        let script = """
            #!/bin/sh
            set -eu
            cd \(host.state)
            [ "$KUBECONFIG" = \(host.folder.path)/kubeconfig ]
            case "$1" in --cache-dir=/*) shift ;; *) exit 8 ;; esac
            echo "$*" >> log
            [ "$1" = --namespace=production ]; shift
            case "$1 $2" in
                'set image') echo "${4#*=}" > "${3#*/}" ;;
                'rollout restart') test -e "${3#*/}" ;;
                'rollout status') ! grep -q broken "${3#*/}" || { echo 'error: timed out waiting'; exit 1; } ;;
                get\\ *) echo "7/7 2/2/2/2 $(cat "${2#*/}")" ;;
                *) exit 9 ;;
            esac
            """
        try host.folder.write("kubectl", script, mode: 0o755)
        return ["kubectl": host.folder.path + "/kubectl", "kubeconfig": host.folder.path + "/kubeconfig"]
    }

    private let wanted = ["namespace": "production", "deployments": "web worker"]

    private var version: Check {
        Check(
            name: "version",
            level: .fail,
            kind: .runningVersion,
            within: .seconds(5),
            every: .milliseconds(20),
            limit: .milliseconds(100)
        )
    }

    @Test func `the kubernetes recipe sets the image on named deployments, waits, and reads back what runs`()
        async throws
    {
        let recipes = ["kubernetes": try Self.shipped + "/kubernetes"]
        var restart = try order("kubernetes", "1.0", generation: 2, variables: wanted)
        restart.action = .restart
        let orders = [
            try order("kubernetes", "1.0", generation: 1, variables: wanted, checks: [version]), restart,
            try order("kubernetes", "broken", generation: 3, variables: wanted),
        ]
        let receipts = try await host.receipts(
            for: orders,
            try TestLink([]),
            recipes: recipes,
            variables: try writeKubectl()
        )
        #expect(receipts.map(\.outcome) == [.applied, .applied, .returned], "\(receipts.map(\.sentence))")
        #expect(receipts.last?.running?.version == Version("1.0"))
        let image = "registry.example.com/shop:1.0"
        for deployment in ["web", "worker"] { #expect(try host.folder.read("state/\(deployment)") == image + "\n") }
        let calls = try host.log().filter { !$0.contains(" get ") }
            .map { String($0.dropFirst("--namespace=production ".count)) }
        let wait = ["web", "worker"].map { "rollout status deployment/\($0) --watch --timeout=10m" }
        let set = ["web", "worker"].map { "set image deployment/\($0) *=\(image)" }
        let restarted = ["web", "worker"].map { "rollout restart deployment/\($0)" }
        #expect(Array(calls.prefix(8)) == set + wait + restarted + wait)
        #expect(calls[8...].contains("set image deployment/web *=registry.example.com/shop:broken"))
    }

    @Test func `the kubernetes recipe says what is wrong with its variables`() async throws {
        let recipes = ["kubernetes": try Self.shipped + "/kubernetes"]
        let kubectl = try writeKubectl()
        let wrong: [([String: String], String)] = [
            (["deployments": "web"], "the variable namespace is missing"),
            (["namespace": "production"], "the variable deployments is missing"),
            (["namespace": "production", "deployments": "web --all"], "begins with -"),
            (["namespace": "a;b", "deployments": "web"], "hold a-z, 0-9"),
        ]
        for (index, (variables, sentence)) in wrong.enumerated() {
            let order = try order("kubernetes", "1.0", generation: UInt64(index + 1), variables: variables)
            let receipts = try await host.receipts(for: [order], try TestLink([]), recipes: recipes, variables: kubectl)
            #expect(output(.start, of: receipts[0]).first?.contains(sentence) == true, "\(receipts[0].steps)")
        }
        #expect(try host.log().isEmpty)
    }
}

import Cryptography
import Foundation
import TestSupport
import Testing
import TrainModel

/// The shipped recipe with the real helm and the real kubectl; only the cluster behind them is one of ours, which keeps
/// what they store.
@Suite(.timeLimit(.minutes(3))) struct HelmCounterpartTests {
    private let folder: Scratch
    private let kubernetes: Counterpart
    private let helm: String
    private let kubectl: String

    init() throws {
        folder = try Scratch()
        helm = try #require(Counterpart.path(of: "helm"), "helm: \(PythonPrograms.package)")
        kubectl = try #require(Counterpart.path(of: "kubectl"), "kubectl: \(PythonPrograms.package)")
        kubernetes = try Counterpart(
            PythonPrograms.path("python3"),
            [Cluster.repository.appendingPathComponent("Tests/CounterpartTests/helm_api.py").path, "shop"],
            in: Scratch(),
            listensWith: "listening on ",
            package: PythonPrograms.package
        )
        try folder.write(
            "kubeconfig",
            """
            apiVersion: v1
            kind: Config
            clusters: [{ name: test, cluster: { server: '\(kubernetes.origin)' } }]
            users: [{ name: nobody, user: {} }]
            contexts: [{ name: test, context: { cluster: test, user: nobody } }]
            current-context: test

            """
        )
        for version in ["1.0.0", "1.1.0"] { try pack(version) }
    }

    /// A chart of one config map, packed by helm itself.
    private func pack(_ version: String) throws {
        let templates = "\(folder.path)/\(version)/shop/templates"
        try FileManager.default.createDirectory(atPath: templates, withIntermediateDirectories: true)
        try folder.write("\(version)/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: \(version)\n")
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\ndata: { size: '{{ .Values.size }}' }\n"
        try folder.write("\(version)/shop/templates/map.yaml", map)
        _ = try shell("'\(helm)' package \(version)/shop --destination .")
    }

    /// Runs a line in the folder; returns what it printed, and how it exited on a last line.
    private func shell(_ line: String) throws -> String {
        let script =
            "cd '\(folder.path)'; export HOME=$PWD KUBECONFIG=$PWD/kubeconfig; (\(line)) 2>&1; echo \"exit $?\""
        return String(decoding: try ForeignProcess.output(of: ["/bin/sh", "-c", script], given: ""), as: UTF8.self)
    }

    private func digest(of chart: String) throws -> String {
        SHA256.digest(of: try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(chart)"))).hex
    }

    private func tryRecipe(
        next: String = "shop-1.1.0.tgz",
        digest next_digest: String? = nil,
        _ more: String = ""
    ) throws -> String {
        let agent = try BuiltProgram.path(of: "wavetrain-agent")
        let recipe = Cluster.repository.appendingPathComponent("agents/recipes/helm").path
        return try shell(
            """
            '\(agent)' recipe test '\(recipe)' --set namespace=shop --set values=size=\(3) \
                --host-var helm='\(helm)' --host-var kubectl='\(kubectl)' --host-var kubeconfig=$PWD/kubeconfig \
                --host-var charts=$PWD --timeout 1m \
                --version 1.0.0 --reference shop-1.0.0.tgz --digest \(try digest(of: "shop-1.0.0.tgz")) \
                --next-version 1.1.0 --next-reference \(next) \
                --next-digest \(try next_digest ?? digest(of: "shop-1.1.0.tgz")) \(more)
            """
        )
    }

    @Test func `the helm recipe keeps the whole contract with the real helm`() throws {
        let said = try tryRecipe()
        // Where the sources stand may be writable for others.
        let failed = said.split(separator: "\n").filter { $0.hasPrefix("fail") && !$0.contains("permissions") }
        #expect(failed.isEmpty && said.contains("ok    way back after start"), "\(said)")
        #expect(try shell("'\(helm)' -n shop get manifest helm").contains("size: '3'"))
        let history = try shell("'\(helm)' -n shop history helm")
        #expect(history.contains("wavetrain 1.0.0 \(try digest(of: "shop-1.0.0.tgz"))"), "\(history)")
    }

    @Test func `a chart that was changed after it was pushed upgrades nothing`() throws {
        let said = try tryRecipe(digest: String(repeating: "0", count: 64))
        #expect(said.contains("it was changed after it was pushed"), "\(said)")
        #expect(try !shell("'\(helm)' -n shop history helm").contains("shop-1.1.0"))
    }

    @Test func `a release that a cut upgrade left locked is freed first`() throws {
        let upgrade = "'\(helm)' -n shop upgrade helm shop-1.0.0.tgz --install"
        _ = try shell("\(upgrade) --set-string size=1")
        // The cluster never answers what is asked of such a map, and helm is killed meanwhile.
        let cut = """
            \(upgrade) --set-string size=never & pid=$!
            until '\(helm)' -n shop history helm | grep pending-upgrade; do sleep 0.1; done; kill -KILL $pid
            """
        #expect(try shell(cut).hasSuffix("exit 0\n"))
        let said = try tryRecipe()
        #expect(said.contains("ok    first deployment"), "\(said)")
    }
}

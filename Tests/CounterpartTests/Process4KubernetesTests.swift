import Foundation
import HTTPCalls
import Testing

/// Process 4, point 3: an order to a real agent, whose shipped recipe runs the real kubectl; only the cluster behind it
/// is one of ours that speaks as much of the API as kubectl asks for.
@Suite(.timeLimit(.minutes(3))) struct Process4KubernetesTests {
    private let cluster: Cluster
    private let kubernetes: Counterpart
    private let plan: String

    init() async throws {
        let folder = try Scratch()
        kubernetes = try Counterpart(
            PythonPrograms.path("python3"),
            [
                Cluster.repository.appendingPathComponent("Tests/CounterpartTests/kube_api.py").path, "shop", "web",
                "worker",
            ],
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
        let kubectl = try #require(Counterpart.path(of: "kubectl"), "kubectl: \(PythonPrograms.package)")
        cluster = try await Cluster(in: folder)
        try await cluster.join(
            "production",
            """
            recipes: { kubernetes: \(Cluster.repository.path)/agents/recipes/kubernetes }
            variables:
              kubectl: \(kubectl)
              kubeconfig: \(folder.path)/kubeconfig
              console: https://console.example.com/shop

            """
        )
        plan = try folder.write(
            "shop.yaml",
            """
            wavetrain: 1
            plan: shop
            services: { shop: { recipe: kubernetes } }
            variables: { namespace: shop, deployments: 'web worker', rollout_timeout: 2s }
            smoke:
              - running_version: matches
            stages:
              production: { regions: [production] }

            """
        )
        for (version, letter) in [("1.0", "a"), ("1.1", "b"), ("broken", "c")] {
            try await cluster.done(
                "artifact",
                "register",
                "shop",
                version,
                "--digest",
                String(repeating: letter, count: 64),
                "--reference",
                Self.image(version)
            )
        }
    }

    private static func image(_ version: String) -> String { "registry.example.com/shop:\(version)" }

    /// What was asked of the cluster: deployment and image, in order.
    private func patches() async throws -> [String] {
        let response = try await HTTPClient().response(to: HTTPCall(url: "\(kubernetes.origin)/patches", proxy: .none))
        let patches = try JSONSerialization.jsonObject(with: Data(response.body)) as? [[String: Any]]
        return try #require(patches).map { entry in
            let name = try #require(entry["deployment"] as? String)
            var node = try #require(entry["patch"] as? [String: Any])
            for key in ["spec", "template", "spec"] { node = try #require(node[key] as? [String: Any]) }
            let containers = try #require(node["containers"] as? [[String: Any]])
            return "\(name) \(containers.compactMap { $0["image"] as? String })"
        }
    }

    @Test func `the image is set on the named deployments, waited for, and read back`() async throws {
        let done = try await cluster.done("release", "start", plan, "--version", "1.0", "--watch", says: "completed")
        #expect(
            try await patches() == ["web [\"\(Self.image("1.0"))\"]", "worker [\"\(Self.image("1.0"))\"]"],
            "\(done)"
        )
        try await cluster.done("agent", "list", says: "shop 1.0")
        try await cluster.done(
            "release",
            "show",
            "shop-1",
            "--output",
            "json",
            says: "https://console.example.com/shop"
        )
    }

    @Test func `a roll-out that never gets ready fails with kubectl's words, and the image before comes back`()
        async throws
    {
        try await cluster.done("release", "start", plan, "--version", "1.0", "--watch", says: "completed")
        try await cluster.done("release", "start", plan, "--version", "broken", "--watch", exits: 4, says: "shop-2")
        let show = try await cluster.done("release", "show", "shop-2", says: "timed out waiting")
        #expect(show.contains("rolled back"), "\(show)")
        let last = try await patches().suffix(2)
        #expect(last == ["web [\"\(Self.image("1.0"))\"]", "worker [\"\(Self.image("1.0"))\"]"], "\(last)")
        try await cluster.done("agent", "list", says: "shop 1.0")
    }

    @Test func `a deployment that the cluster does not have fails with kubectl's words`() async throws {
        try await cluster.done("release", "start", plan, "--version", "1.0", "--watch", says: "completed")
        let text = try cluster.folder.read("shop.yaml").replacing("web worker", with: "web wroker")
        try cluster.folder.write("shop.yaml", text)
        try await cluster.done("release", "start", plan, "--version", "1.1", "--watch", exits: 4, says: "shop-2")
        let show = try await cluster.done("release", "show", "shop-2")
        #expect(show.contains("\"wroker\" not found"), "\(show.replacing("\n", with: " | "))")
    }
}

import Foundation
import HTTPCalls
import Testing

/// Process 2, point 4, with everything real: a service that is deployed and counts, requests to it, Debian's Prometheus
/// that scrapes it, and a bake whose PromQL compares.
@Suite(.timeLimit(.minutes(3))) struct Process2ErrorRateTests {
    private let cluster: Cluster
    private let service: Counterpart
    private let prometheus: Counterpart
    private let http = HTTPClient()

    init() async throws {
        cluster = try await Cluster()
        let folder = cluster.folder
        try folder.write("web.version", "none\n")
        service = try Counterpart(
            PythonPrograms.path("python3"),
            [
                Cluster.repository.appendingPathComponent("Tests/CounterpartTests/counting_service.py").path,
                "\(folder.path)/web.version",
            ],
            in: folder,
            listensWith: "listening on ",
            package: PythonPrograms.package
        )
        let settings = try folder.write(
            "prometheus.yml",
            """
            global: { scrape_interval: 250ms, scrape_timeout: 250ms }
            scrape_configs:
              - { job_name: web, static_configs: [{ targets: ['\(service.authority)'], labels: { region: production } }] }
            """
        )
        prometheus = try Counterpart(
            "prometheus",
            [
                "--config.file=\(settings)", "--storage.tsdb.path=\(folder.path)/prometheus",
                "--web.listen-address=127.0.0.1:0", "--log.level=info",
            ],
            in: folder,
            listensWith: "msg=\"Listening on\" address=127.0.0.1:",
            package: PythonPrograms.package
        )
        let recipe = try cluster.noting("kubernetes", in: folder.path)
        try await cluster.join("production", "recipes: { kubernetes: \(recipe) }\n")
        try folder.write("web.yaml", plan)
    }

    private var plan: String {
        """
        wavetrain: 1
        plan: web
        services: { web: { recipe: kubernetes } }
        smoke: [{ running_version: matches }]
        stages:
          production:
            regions: [production]
            bake:
              for: 4s
              compare:
                - name: error rate
                  errors: { prometheus: { url: '\(prometheus.origin)', query: 'sum(http_errors_total{region="{region}"})' } }
                  total: { prometheus: { url: '\(prometheus.origin)', query: 'sum(http_requests_total{region="{region}"})' } }
                  against: before
                  every: 1s
                  worse_than: 2x
                  minimum: 100
            on_unhealthy: roll_back region

        """
    }

    private func register(_ version: String) async throws {
        let digest = String(repeating: version == "good" ? "a" : version == "better" ? "b" : "c", count: 64)
        try await cluster.done(
            "artifact",
            "register",
            "web",
            version,
            "--digest",
            digest,
            "--reference",
            "registry.example.com/web:\(version)"
        )
    }

    /// Runs `body` while people use the service, once Prometheus has seen that they do.
    private func used(_ body: () async throws -> Void) async throws {
        let (service, http) = (service.origin, http)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while !Task.isCancelled {
                        _ = try? await http.response(to: HTTPCall(url: "\(service)/work", proxy: .none))
                    }
                }
            }
            let seen = "\(prometheus.origin)/api/v1/query?query=sum(http_requests_total)%20%3E%20200"
            while true {
                let response = try await http.response(to: HTTPCall(url: seen, proxy: .none))
                if String(decoding: response.body, as: UTF8.self).contains("\"value\"") { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            try await body()
            group.cancelAll()
        }
    }

    @Test func `a version with no more errors than before stays, and one with a spike goes back`() async throws {
        for version in ["good", "better", "bad"] { try await register(version) }
        let plan = "\(cluster.folder.path)/web.yaml"
        try await used {
            try await cluster.done("release", "start", plan, "--version", "good", "--watch", says: "completed")
            try await cluster.done("release", "start", plan, "--version", "better", "--watch", says: "completed")
            try await cluster.done(
                "release",
                "start",
                plan,
                "--version",
                "bad",
                "--watch",
                exits: 4,
                says: "error rate is worse"
            )
        }
        #expect(try cluster.folder.read("web.version") == "better\n")
        try await cluster.done("find", "deployments", "--current", says: "better")
        try await cluster.done("release", "show", "web-3", says: "rolled back")
    }

    @Test func `where Prometheus answers nothing there is no verdict, and the release says what is missing`()
        async throws
    {
        try await register("good")
        let blind = plan.replacing("http_requests_total", with: "nobody_counts_this_total")
        let path = try cluster.folder.write("blind.yaml", blind)
        try await used {
            try await cluster.done("release", "start", path, "--version", "good")
            try await cluster.until("release", "show", "web-1", says: "error rate has not enough data")
            try await cluster.done("release", "abort", "web-1", "--reason", "nobody counts")
        }
    }
}

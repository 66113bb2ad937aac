import Foundation
import HTTPCalls
import Outside
import Programs
import Testing
import TimeAndChance
import TrainModel

/// Debian's Prometheus on the other side, with samples of the last minutes.
@Suite(.timeLimit(.minutes(2))) struct PrometheusCounterpartTests {
    private let prometheus: Counterpart
    private let prober = Prober(OutsideConfiguration(), http: HTTPClient())

    init() async throws {
        let folder = try Scratch()
        let settings = try folder.write("prometheus.yml", "scrape_configs: []\n")
        let now_s = WallClock.now().unix_ms / 1_000
        var text = "# TYPE http_requests counter\n"
        for (host, perMinute) in [("new", 600), ("old-1", 600), ("old-2", 600)] {
            for minute in 0...4 {
                text +=
                    "http_requests_total{host=\"\(host)\"} \(perMinute * minute) \(now_s - Int64(60 * (4 - minute)))\n"
            }
        }
        text += "# TYPE http_errors counter\n"
        for (host, perMinute) in [("new", 60), ("old-1", 6), ("old-2", 6)] {
            for minute in 0...4 {
                text +=
                    "http_errors_total{host=\"\(host)\"} \(perMinute * minute) \(now_s - Int64(60 * (4 - minute)))\n"
            }
        }
        let samples = try folder.write("samples.txt", text + "# EOF\n")
        let program = Program(
            [
                Counterpart.path(of: "promtool") ?? "promtool", "tsdb", "create-blocks-from", "openmetrics", samples,
                "\(folder.path)/data",
            ],
            environment: ["PATH": Program.searchPath],
            folder: folder.path,
            timeout_ms: 60_000
        )
        if let failure = await program.run().failure(of: program) {
            throw Counterpart.Missing(
                description: "promtool \(failure): \(PythonPrograms.package), or let `make test` do it"
            )
        }
        prometheus = try Counterpart(
            "prometheus",
            [
                "--config.file=\(settings)", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:0", "--log.level=info",
            ],
            in: folder,
            listensWith: "msg=\"Listening on\" address=127.0.0.1:",
            package: PythonPrograms.package
        )
        try await untilReady()
    }

    /// It listens before its database is open.
    private func untilReady() async throws {
        let http = HTTPClient()
        while true {
            let response = try await http.response(to: HTTPCall(url: "\(prometheus.origin)/-/ready", proxy: .none))
            if response.isSuccess { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func ask(_ query: String) async -> ProbeAnswer {
        await prober.answer(
            to: .prometheus(url: prometheus.origin, query: query),
            field: "",
            within: .seconds(30)
        )
    }

    @Test func `counters of the updated hosts and of the others are one number each`() async {
        #expect(await ask(#"sum(http_errors_total{host="new"})"#) == ProbeAnswer(value: "240", failure: ""))
        #expect(await ask(#"sum(http_errors_total{host!="new"})"#).value == "48")
        #expect(await ask(#"sum(http_requests_total{host!="new"})"#).value == "4800")
        #expect(await ask("scalar(sum(http_requests_total))").value == "7200")
    }

    @Test func `an error rate is a number, and one of nothing is a failure that says so`() async throws {
        let share = #"sum(http_errors_total{host="new"}) / sum(http_requests_total{host="new"})"#
        #expect(await ask(share).value == "0.1")
        #expect(await ask(#"sum(http_errors_total{host="gone"})"#).failure.contains("finds no sample"))
        #expect(await ask(#"vector(0) / vector(0)"#).failure.contains("no number"))
        #expect(await ask("http_errors_total").failure.contains("3 samples, not one"))
    }

    @Test func `a query with a mistake is answered with Prometheus' own words`() async {
        let failure = await ask("sum(http_errors_total{").failure
        #expect(failure.contains("cannot run the query") && failure.contains("parse error"), "\(failure)")
    }
}

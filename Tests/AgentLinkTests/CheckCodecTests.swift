import Cryptography
import SignedEnvelopes
import SwiftProtobuf
import Testing
import TimeAndChance
import TrainModel
import WireMessages

@testable import AgentLink

/// The kinds of smoke tests inside a signed order.
@Suite struct CheckCodecTests {
    private let key: PrivateKey
    private let verifier: Verifier

    init() throws {
        key = try PrivateKey.generate(.ed25519)
        verifier = try Verifier([key.publicKey])
    }

    private static let kinds: [Check.Kind] = [
        .http(
            HTTPCheck(
                url: "http://127.0.0.1/",
                status: HTTPStatuses("200,300-399") ?? .ok,
                bodyMatches: "ready|fine",
                headers: [.init(name: "server"), .init(name: "x-version", equals: "")],
                latency_max: .milliseconds(300)
            )
        ),
        .tls(TLSCheck(address: "127.0.0.1:443", serverName: "example.com", left_min: .days(30), isTrusted: true)),
        .tls(TLSCheck(address: "127.0.0.1:443", left_min: .zero)),
        .file(FileCheck(path: "ready", age_max: .milliseconds(1_500), size_bytes_min: 7)), .file(FileCheck(path: "/x")),
        .log(LogCheck(path: "app.log", pattern: "ERROR", lines_max: 3)),
        .metric(
            MetricCheck(
                url: "http://127.0.0.1/metrics",
                metric: "errors_total",
                labels: [.init(name: "code", value: "500"), .init(name: "path", value: "")],
                least_milli: -500,
                most_milli: 0,
                isPerMinute: true
            )
        ),
        .process(.pidFile(path: "run/pid")), .process(.program(name: "nginx")), .process(.unit(name: "web.service")),
    ]

    private func order(_ kinds: [Check.Kind]) -> Order {
        var order = Sample.order
        order.checks = kinds.enumerated().map { index, kind in
            Check(
                name: "check \(index)",
                level: .fail,
                kind: kind,
                within: .seconds(1),
                every: .seconds(1),
                limit: .seconds(9)
            )
        }
        order.failures = []
        return order
    }

    @Test func `an order with every kind of smoke test opens as the same order`() throws {
        let order = order(Self.kinds)
        let opened = try OrderCodec.open(OrderCodec.seal(order, with: key).envelope, with: verifier)
        #expect(opened.order.value == order)
    }

    private func signed(_ tell: (inout Wavetrain_V1_Order) throws -> Void) throws -> Envelope {
        var wire = try Wavetrain_V1_Order(signedBytes: order(Self.kinds).signedBytes())
        try tell(&wire)
        return try Envelope.sign(wire.signedBytes(), as: .order, with: [key])
    }

    @Test(
        arguments: [
            OrderLie(.invalidField, "order.checks[0].http.status") { $0.checks[0].http.status = 200 },
            OrderLie(.invalidField, "order.checks[0].http.statuses") { $0.checks[0].http.statuses.reverse() },
            OrderLie(.invalidField, "order.checks[0].http.statuses[0].last") {
                $0.checks[0].http.statuses[0].last = 100
            },
            OrderLie(.missingField, "order.checks[0].http.headers[0].name") {
                $0.checks[0].http.headers[0].name = ""
            },
            OrderLie(.outOfBounds, "order.checks[1].tls.left_min_ms") { $0.checks[1].tls.leftMinMs = .max },
            OrderLie(.outOfBounds, "order.checks[3].file.size_bytes_min") { $0.checks[3].file.sizeBytesMin = .max },
            OrderLie(.missingField, "order.checks[3].file.path") { $0.checks[3].file.path = "" },
            OrderLie(.outOfBounds, "order.checks[5].log.lines_max") { $0.checks[5].log.linesMax = .max },
            OrderLie(.missingField, "order.checks[5].log.pattern") { $0.checks[5].log.pattern = "" },
            OrderLie(.invalidField, "order.checks[6].metric.labels") { $0.checks[6].metric.labels.reverse() },
            OrderLie(.missingField, "order.checks[6].metric.most_milli") {
                $0.checks[6].metric.clearLeastMilli()
                $0.checks[6].metric.clearMostMilli()
            },
            OrderLie(.missingField, "order.checks[7].process.by") { $0.checks[7].process.by = nil },
            OrderLie(.missingField, "order.checks[8].process.program") { $0.checks[8].process.program = "" },
        ]
    )
    func `a signed smoke test with one lie is refused by its field`(lie: OrderLie) throws {
        let envelope = try signed { lie.tell(&$0) }
        let error = try #require(throws: LinkError.self) { try OrderCodec.open(envelope, with: verifier) }
        #expect(error.code == lie.code)
        #expect(error.place == lie.place)
    }

    @Test func `a kind that this version does not know is refused, and the order can still be named`() throws {
        let later: [UInt8] = [0xfa, 0x06, 0]  // field 111, empty
        let envelope = try signed { wire in
            var check = wire.checks[0]
            check.kind = nil
            wire.checks[0] = try Wavetrain_V1_Check(serializedBytes: check.serializedBytes() + later)
        }
        let error = try #require(throws: EnvelopeError.self) { try OrderCodec.open(envelope, with: verifier) }
        #expect(error.code == .unknownField)
        let order = try OrderCodec.addressees(of: envelope, with: verifier).value
        #expect(order.id == Sample.order.id && order.hosts == Sample.order.hosts)
        #expect(order.cluster == Sample.order.cluster && order.region == Sample.order.region)
        let other = try Verifier([PrivateKey.generate(.ed25519).publicKey])
        #expect(throws: EnvelopeError.self) { try OrderCodec.addressees(of: envelope, with: other) }
    }
}

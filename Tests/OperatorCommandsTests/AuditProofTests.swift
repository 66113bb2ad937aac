import Cryptography
import EventStore
import Foundation
import SignedEnvelopes
import Testing
import TimeAndChance
import TrainModel
import WireMessages

@testable import OperatorCommands

@Suite(.timeLimit(.minutes(10))) struct AuditProofTests {
    @Test func `a log whose receipts are their hosts' is proved`() async throws {
        let host = try SigningHost()
        let result = try await prove([host.enrolled(), host.receipt()])
        #expect(result.report.isIntact)
        #expect(result.faults.isEmpty)
        #expect(result.receipts_count == 1)
        #expect(result.hosts_count == 1)
    }

    @Test func `a receipt that another key signed is found`() async throws {
        let host = try SigningHost()
        let result = try await prove([host.enrolled(), host.receipt(signedBy: .generate(.ed25519))])
        #expect(result.faults.count == 1)
    }

    @Test func `a receipt that says something else than its host signed is found`() async throws {
        let host = try SigningHost()
        let result = try await prove([host.enrolled(), host.receipt(loggedOutcome: "applied", signed: .failed)])
        #expect(result.faults.count == 1)
        #expect(result.faults.first?.contains("outcome") == true)
    }

    @Test func `a receipt of a host that never enrolled is found`() async throws {
        let host = try SigningHost()
        #expect(try await prove([host.receipt()]).faults.count == 1)
    }

    @Test func `a receipt counts under the key that its host had by then`() async throws {
        let (old, new) = (try SigningHost(), try SigningHost())
        let events = try [old.enrolled(), old.receipt(), new.enrolled("host_renewed"), new.receipt()]
        #expect(try await prove(events).faults.isEmpty)
        #expect(try await prove([old.enrolled(), new.enrolled("host_renewed"), old.receipt()]).faults.count == 1)
    }

    @Test func `the head beside a log counts only under the controller's key`() throws {
        let key = try PrivateKey.generate(.ed25519)
        let hash = String(repeating: "ab", count: 32)
        let payload = Array(#"{"cluster":"test","hash":"\#(hash)","sequence":7}"#.utf8)
        let text = Array(try Envelope.sign(payload, as: .head, with: [key]).jsonText().utf8)
        #expect(try AuditExport.head(in: text, file: "head", signedBy: key.publicKey).sequence == 7)
        let other = try PrivateKey.generate(.ed25519).publicKey
        #expect(throws: CommandFailure.self) { try AuditExport.head(in: text, file: "head", signedBy: other) }
        let receipt = Array(try Envelope.sign(payload, as: .receipt, with: [key]).jsonText().utf8)
        #expect(throws: CommandFailure.self) {
            try AuditExport.head(in: receipt, file: "head", signedBy: key.publicKey)
        }
    }

    @Test func `verify fails for a log that ends before its signed head`() async throws {
        let host = try SigningHost()
        let key = try PrivateKey.generate(.ed25519)
        try await inFolder { folder in
            let log = "\(folder)/audit.jsonl"
            try Data(await export([host.enrolled(), host.receipt()])).write(to: URL(fileURLWithPath: log))
            try key.publicKey.pem.write(toFile: "\(folder)/key.pem", atomically: true, encoding: .utf8)
            #expect(await run(["audit", "verify", log]) == .ok)
            let payload = Array(#"{"cluster":"test","hash":"\#(String(repeating: "0", count: 64))","sequence":3}"#.utf8)
            try Envelope.sign(payload, as: .head, with: [key]).jsonText()
                .write(toFile: "\(log).head", atomically: true, encoding: .utf8)
            #expect(
                await run(["audit", "verify", log, "--controller-key", "\(folder)/key.pem"]) == .failed
            )
            var bytes = try Data(contentsOf: URL(fileURLWithPath: log))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: log))
            #expect(await run(["audit", "verify", log]) == .failed)
        }
    }

    private func prove(_ events: [(kind: String, body: String)]) async throws -> AuditProof.Result {
        var proof = AuditProof(source: "audit.jsonl", known: [])
        try proof.take(await export(events))
        return try proof.finish()
    }

    private func export(_ events: [(kind: String, body: String)]) async throws -> [UInt8] {
        let store = InMemoryEventStore(cluster: try #require(ClusterName("test")))
        try await store.append(
            events.map { try EventDraft(time: Samples.noon, kind: $0.kind, body: Array($0.body.utf8)) }
        )
        var bytes: [UInt8] = []
        try await AuditFormat.export(store) { bytes += $0 }
        return bytes
    }
}

/// A host that enrols and signs receipts, as the controller's log tells them.
private struct SigningHost {
    let key: PrivateKey

    init() throws {
        key = try .generate(.ed25519)
    }

    func enrolled(_ kind: String = "host_enrolled") throws -> (kind: String, body: String) {
        struct Body: Encodable {
            let host = ["region": "canary", "host": "a"]
            let publicKey: String
        }
        let body = try JSONEncoder().encode(Body(publicKey: key.publicKey.pem))
        return (kind, String(decoding: body, as: UTF8.self))
    }

    func receipt(
        signedBy other: PrivateKey? = nil,
        loggedOutcome: String = "applied",
        signed outcome: Wavetrain_V1_Outcome = .applied
    ) throws -> (kind: String, body: String) {
        let digest = [UInt8](repeating: 0xab, count: 32)
        var signed = Wavetrain_V1_Receipt()
        (signed.cluster, signed.region, signed.host) = ("test", "canary", "a")
        (signed.orderID, signed.releaseID, signed.service) = ("shop-1/canary/web/g1/b0/a1", "shop-1", "web")
        (signed.epoch, signed.generation, signed.attempt) = (1, 1, 1)
        signed.orderDigest = Data(digest)
        signed.outcome = outcome
        let envelope = try Envelope.sign(signed, with: [other ?? key]).encoded()
        let body = """
            {"envelope":"\(Base64.standard.encode(envelope))","receipt":{"accepted":1,"attempt":1,"cluster":"test",\
            "code":"","epoch":1,"finished":2,"generation":1,"host":{"host":"a","region":"canary"},"links":[],\
            "order":"shop-1/canary/web/g1/b0/a1","orderDigest":"\(Hexadecimal.encode(digest))",\
            "outcome":"\(loggedOutcome)","release":"shop-1","sentence":"","service":"web","steps":[],"warnings":[]}}
            """
        return ("receipt_received", body)
    }
}

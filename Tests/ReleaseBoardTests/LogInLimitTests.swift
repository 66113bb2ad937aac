import ControllerService
import Cryptography
import EventStore
import Foundation
import Testing
import TrainModel

@testable import ReleaseBoard

@Suite(.timeLimit(.minutes(10))) struct LogInLimitTests {
    private let here = ClientAddress("10.0.0.1")
    private let elsewhere = ClientAddress("10.0.0.2")
    private let start = ContinuousClock.now

    private func limit() -> LogInLimit { LogInLimit(wrong_max: 3, period: .seconds(60)) }

    @Test func `after some wrong tokens an address is refused until the period is over`() throws {
        var limit = limit()
        let ana = try #require(PersonName("ana"))
        for _ in 1...3 { #expect(limit.judge(here, owner: nil, at: start) == .wrong) }
        #expect(
            limit.judge(here, owner: nil, at: start + .seconds(20)) == .tooMany(retryAfter: .seconds(40), isNews: true)
        )
        let again = limit.judge(here, owner: nil, at: start + .seconds(20))
        #expect(again == .tooMany(retryAfter: .seconds(40), isNews: false))
        // A right guess is not answered either.
        #expect(limit.judge(here, owner: ana, at: start + .seconds(59)) != .admitted)
        #expect(limit.judge(elsewhere, owner: nil, at: start) == .wrong)
        #expect(limit.judge(here, owner: ana, at: start + .seconds(60)) == .admitted)
    }

    @Test func `an operator who has been in from an address is not kept out by others guessing there`() throws {
        var limit = limit()
        let (ana, bo) = (try #require(PersonName("ana")), try #require(PersonName("bo")))
        #expect(limit.judge(here, owner: ana, at: start) == .admitted)
        for _ in 1...4 { _ = limit.judge(here, owner: nil, at: start) }
        #expect(limit.judge(here, owner: ana, at: start) == .admitted)
        #expect(limit.judge(here, owner: bo, at: start) != .admitted)
    }

    @Test func `however many addresses guess, memory is bounded`() {
        var limit = limit()
        for number in 0..<(LogInLimit.addresses_max + 500) {
            _ = limit.judge(ClientAddress("host-\(number)"), owner: nil, at: start + .milliseconds(number))
        }
        #expect(limit.addresses_count == LogInLimit.addresses_max)
    }

    @Test func `a network of IPv6 counts as one address`() {
        #expect(ClientAddress("2001:db8:0:1::7") == ClientAddress("2001:db8:0:1:ffff::1"))
        #expect(ClientAddress("2001:db8:0:1::7").description == "2001:db8:0:1::/64")
        #expect(ClientAddress("2001:db8:0:1::7") != ClientAddress("2001:db8:0:2::7"))
        #expect(ClientAddress("::ffff:10.0.0.1") == ClientAddress("10.0.0.1"))
        #expect(ClientAddress("::1").description == "::1")
    }

    @Test func `whoever guesses tokens gets 429 and when to come back, and the log knows of it`() async throws {
        var limits = BoardLimits()
        limits.wrongTokens_max = 2
        try await Board.running(limits: limits) { board async throws in
            let stranger = try OperatorTokens.make().token
            for _ in 1...2 { #expect(try await board.get("/v1/releases", as: stranger).status == 401) }
            for name in [stranger, "viewer"] {
                let answer = try await board.get("/v1/releases", as: name)
                #expect(answer.status == 429)
                #expect(try answer.errorCode() == "too_many_attempts")
                let header = answer.head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("retry-after: ") }
                let seconds = try #require(header.flatMap { Int($0.dropFirst("retry-after: ".count)) })
                #expect((1...60).contains(seconds))
            }
            #expect(try await board.get("/v1/health").status == 200)
            #expect(
                try await board.refusals() == [
                    "log_in unauthorized", "log_in unauthorized", "log_in too_many_attempts",
                ]
            )
        }
    }

    @Test func `a refusal for lack of a role is in the log`() async throws {
        try await Board.running { board async throws in
            #expect(try await board.post("/v1/releases/shop-1/abort", "{}", as: "viewer").status == 403)
            #expect(try await board.refusals() == ["POST /v1/releases/{id}/abort lacking_role"])
        }
    }
}

extension Board {
    /// Act and code of each refusal in the log.
    fileprivate func refusals() async throws -> [String] {
        struct Body: Decodable { let act, by, code, subject: String }
        return try await store.records(after: 0, limit: 100).filter { $0.kind == "act_refused" }.map { record in
            let body = try JSONDecoder().decode(Body.self, from: Data(record.body))
            #expect(body.by == (body.act == "log_in" ? "anonymous" : "viewer"))
            return "\(body.act) \(body.code)"
        }
    }
}

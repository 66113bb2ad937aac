import PlanLanguage
import StructuredText
import Testing
import TimeAndChance

@Suite struct PlanGarbageTests {
    private static let plan = """
        wavetrain: 1
        plan: shop
        artifact: { name: shop, version: '\\d{8}\\.\\d+' }
        services: [web, cart]
        smoke:
          - http: { path: /health, within: 2s }
          - command: [bin/check]
        stages:
          production:
            needs: [{ approval: { by: [ops], quorum: 2 } }]
            bake: { for: 1h, unhealthy: '> 1%', minimum: 20 samples }
            waves:
              one: { regions: [eu, us], hosts: { batch: 25% } }
              two: { like: one, regions: [asia], window: { open: [Mon 09:00-17:00 UTC], except: company } }
        holidays: { company: [2026-12-25] }
        rotations: { release: { people: [ana], each: 7d, from: 2026-11-16 09:00 } }
        freezes: [{ name: end, from: 2026-12-20 00:00, to: 2027-01-03 00:00, reason: books }]
        failures:
          gateway: { match: { output: 'Bad *Gateway', step: [install] }, then: { retry: 5, backoff: 10s..2m } }
        gates: { ready: [{ check: { name: q, http: 'http://q/', is: '<= 5', give_up_after: 1h } }, { evidence: scan }] }
        train: { name: weekly, departs: Fri 08:00, arrivals: { registry: 'http://r', repository: s, artifact: shop, tag: '\\d' } }
        lanes: { hotfix: { by: [oncall(release), person:ana], skips: production } }
        tags: { chart: '{artifact}-{version}' }

        """

    /// Whatever comes in, an answer comes out, and every problem stands inside the text.
    private func check(_ bytes: [UInt8]) {
        guard case .failure(let problems) = PlanCompiler.compile(source: bytes, file: "p") else { return }
        let line_max = bytes.count { $0 == 0x0a || $0 == 0x0d || $0 == 0x85 || $0 == 0xa8 || $0 == 0xa9 } + 2
        #expect(!problems.all.isEmpty)
        // Whatever is wrong has a sentence of its own.
        #expect(!problems.all.contains { $0.sentence == "holds no plan" })
        #expect(problems.all.allSatisfy { (1...line_max).contains($0.place.line) && $0.place.column >= 1 })
    }

    @Test func `a plan with bytes changed never crashes the compiler`() {
        let plan = Array(Self.plan.utf8)
        for seed in 0..<600 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var bytes = plan
            for _ in 0...Int.random(in: 0...3, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0...3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(UInt8.random(in: 32...126, using: &generator), at: index)
                default: bytes.removeSubrange(index..<min(bytes.count, index + 20))
                }
            }
            check(bytes)
        }
    }

    @Test func `a plan with values swapped for others never crashes the compiler`() {
        let values = [
            "[]", "{}", "~", "''", "-1", "999999999999999999999", "1e9", "[[[]]]", "{a: {b: c}}", "true", "'%'", ">",
            "\"\\u0000\"", "${", "é",
        ]
        let lines = Self.plan.split(separator: "\n").map(String.init)
        for seed in 0..<600 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var changed = lines
            for _ in 0...1 {
                let index = Int.random(in: 0..<lines.count, using: &generator)
                let value = values[Int.random(in: 0..<values.count, using: &generator)]
                let key = changed[index].split(separator: ":").first ?? ""
                changed[index] = key + ": " + value
            }
            check(Array(changed.joined(separator: "\n").utf8))
        }
    }
}

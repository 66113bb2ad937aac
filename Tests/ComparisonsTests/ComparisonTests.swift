import Comparisons
import Foundation
import Testing

@Suite struct ComparisonTests {
    private func count(_ errors: Int, _ total: Int) throws -> ErrorCount {
        try #require(ErrorCount(errors: errors, total: total))
    }

    private func verdict(_ after: ErrorCount, _ baseline: ErrorCount) -> ComparisonVerdict {
        Comparison.standard.judge(after, against: baseline).verdict
    }

    @Test func `a verdict says its numbers in words`() throws {
        let worse = Comparison.standard.judge(try count(90, 4_310), against: try count(16, 3_980))
        #expect(worse.verdict == .worse)
        #expect(worse.description.hasPrefix("2.1% of 4,310 after, 0.4% of 3,980 before; odds 1 in "))
        #expect(worse.description.hasSuffix(" by chance"))
        #expect(
            worse.sentence(after: "on updated hosts", baseline: "on the others")
                .hasPrefix("2.1% of 4,310 on updated hosts, 0.4% of 3,980 on the others; ")
        )
        let few = Comparison.standard.judge(try count(12, 12), against: try count(0, 5_000))
        #expect(few.description == "100% of 12 after, 0% of 5,000 before; needs 100 after")
        let open = Comparison.standard.judge(try count(4, 400), against: try count(2, 400))
        #expect(open.verdict == .inconclusive)
        #expect(open.description == "1% of 400 after, 0.5% of 400 before; odds 1 in 1 by chance, needs 1 in 100")
    }

    @Test func `too little data on either side is inconclusive, however bad`() throws {
        #expect(verdict(try count(99, 99), try count(0, 100_000)) == .inconclusive)
        #expect(verdict(try count(100_000, 100_000), try count(0, 99)) == .inconclusive)
        #expect(verdict(try count(100, 100), try count(0, 100)) == .worse)
        #expect(verdict(.none, .none) == .inconclusive)
    }

    @Test func `a baseline without any error is compared like any other`() throws {
        let before = try count(0, 50_000)
        #expect(verdict(try count(5, 1_000), before) == .worse)
        #expect(verdict(try count(1, 1_000), before) == .inconclusive)
        #expect(verdict(try count(0, 1_000), before) == .inconclusive)
        #expect(verdict(try count(0, 20_000), before) == .notWorse)
        #expect(verdict(try count(2, 20_000), before) == .notWorse)
    }

    @Test func `a rise that is certain but matters too little is not worse`() throws {
        #expect(verdict(try count(12_000, 1_000_000), try count(10_000, 1_000_000)) == .notWorse)
        #expect(verdict(try count(600, 1_000_000), try count(100, 1_000_000)) == .notWorse)
        let strict = try #require(Comparison(relative_min_bp: 1_000, absolute_min_ppm: 100))
        #expect(strict.judge(try count(12_000, 1_000_000), against: try count(10_000, 1_000_000)).verdict == .worse)
    }

    @Test func `fewer errors are not worse`() throws {
        #expect(verdict(try count(100, 10_000), try count(300, 10_000)) == .notWorse)
        #expect(verdict(try count(0, 1_000), try count(1_000, 1_000)) == .notWorse)
        #expect(verdict(try count(0, .max / 10_000_000), try count(0, .max / 10_000_000)) == .notWorse)
    }

    @Test func `where nothing is said to matter, not worse must be proven better`() throws {
        let any = try #require(Comparison(relative_min_bp: 0, absolute_min_ppm: 0))
        #expect(any.judge(try count(100, 100_000), against: try count(100, 100_000)).verdict == .inconclusive)
        #expect(any.judge(try count(100, 100_000), against: try count(300, 100_000)).verdict == .notWorse)
        #expect(any.judge(try count(300, 100_000), against: try count(100, 100_000)).verdict == .worse)
    }

    @Test func `one more error never makes a rise less certain`() throws {
        var last = 0
        for errors in stride(from: 45, through: 400, by: 1) {
            let result = Comparison.standard.judge(try count(errors, 5_000), against: try count(20, 5_000))
            if result.verdict == .notWorse { continue }
            #expect(result.chance_oneIn >= last)
            last = result.chance_oneIn
        }
        #expect(last == ComparisonResult.oneIn_max)
    }

    @Test func `the largest counts and the boldest numbers give a verdict and no crash`() throws {
        let most = ErrorCount.total_max
        let counts = try [count(0, 1), count(1, 1), count(0, most), count(most, most), count(most / 2, most)]
        for (alpha, relative, absolute) in [(1, 0, 0), (500_000, 1_000_000, 1_000_000), (1, 1_000_000, 0), (1, 0, 1)] {
            let comparison = try #require(
                Comparison(alpha_ppm: alpha, relative_min_bp: relative, absolute_min_ppm: absolute, total_min: 1)
            )
            for after in counts {
                for baseline in counts {
                    let result = comparison.judge(after, against: baseline)
                    #expect(result.chance_oneIn >= 1)
                    if after == baseline { #expect(result.verdict != .worse) }
                }
            }
        }
    }

    @Test(arguments: [(-1, 5), (6, 5), (0, -1), (0, ErrorCount.total_max + 1), (.min, .max)] as [(Int, Int)])
    func `a count that cannot be is refused`(errors: Int, total: Int) throws {
        #expect(ErrorCount(errors: errors, total: total) == nil)
        let stored = Data(#"{"errors":\#(errors),"total":\#(total)}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(ErrorCount.self, from: stored) }
    }

    @Test func `numbers out of range make no comparison, nor does a stored one with them`() throws {
        #expect(Comparison(alpha_ppm: 0) == nil && Comparison(alpha_ppm: 500_001) == nil)
        #expect(Comparison(relative_min_bp: -1) == nil && Comparison(absolute_min_ppm: 1_000_001) == nil)
        #expect(Comparison(total_min: 0) == nil && Comparison(errorsAtOnce: 0) == nil)
        let stored = try JSONEncoder().encode(Comparison.standard)
        #expect(try JSONDecoder().decode(Comparison.self, from: stored) == .standard)
        let altered = String(decoding: stored, as: UTF8.self).replacing("10000", with: "0")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Comparison.self, from: Data(altered.utf8)) }
    }

    @Test func `counts add up and stay where they cannot grow`() throws {
        var sum = try count(1, 10)
        sum += try count(2, 20)
        #expect(sum == (try count(3, 30)))
        sum += try count(0, ErrorCount.total_max)
        #expect(sum == (try count(3, 30)))
    }
}

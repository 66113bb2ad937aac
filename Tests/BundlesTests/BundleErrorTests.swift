import Bundles
import Testing

@Suite struct BundleErrorTests {
    @Test(arguments: BundleError.Code.allCases)
    func `every rule says what is wrong and what to do, each in its own words`(code: BundleError.Code) {
        #expect(!code.sentence.isEmpty && !code.remedy.isEmpty)
        #expect(BundleError.Code.allCases.filter { $0.sentence == code.sentence } == [code])
    }

    @Test func `outside text cannot break a line of a log`() throws {
        let surroundings = try Surroundings()
        var failure: BundleError?
        let tar = TarBytes.file("a\n\u{1b}[31m\u{202e}b").bytes
        do { try surroundings.unpack(HostileArchive("", .fifo, tar: tar).packed) } catch let error as BundleError {
            failure = error
        }
        let text = try #require(failure?.description)
        #expect(text == #""a\u{a}\u{1b}[31m\u{202e}b": holds a control character; rename it [control-character]"#)
    }
}

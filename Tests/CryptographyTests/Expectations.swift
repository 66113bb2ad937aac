import Cryptography
import Testing

/// Expects `body` to throw a `CryptographyError` with this code, and nothing else.
func expectRefusal(
    _ code: CryptographyError.Code,
    _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> some Any
) {
    let error = #expect(throws: CryptographyError.self, comment, sourceLocation: sourceLocation) { _ = try body() }
    #expect(error?.code == code, comment, sourceLocation: sourceLocation)
}

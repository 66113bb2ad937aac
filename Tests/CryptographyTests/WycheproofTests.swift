import Cryptography
import Foundation
import Testing

@Suite struct WycheproofTests {
    private struct File: Decodable {
        let numberOfTests: Int
        let testGroups: [Group]
    }

    private struct Group: Decodable {
        let publicKeyDer: String
        let tests: [Case]
    }

    private struct Case: Decodable {
        let tcId: Int
        let comment: String
        let msg: String
        let sig: String
        let result: String
    }

    @Test(arguments: [("ed25519_test", 151), ("ecdsa_secp256r1_sha256_test", 484)])
    func `every Wycheproof signature is judged as documented`(name: String, count: Int) throws {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
        let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
        var judged = 0
        for group in file.testGroups {
            let key = try PublicKey(spki: #require(Hexadecimal.decode(group.publicKeyDer)))
            for test in group.tests {
                // Neither file has "acceptable" cases: each signature is right or wrong.
                #expect(["valid", "invalid"].contains(test.result))
                let isValid = key.verify(
                    signature: try #require(Hexadecimal.decode(test.sig)),
                    message: try #require(Hexadecimal.decode(test.msg))
                )
                #expect(isValid == (test.result == "valid"), "case \(test.tcId): \(test.comment)")
                judged += 1
            }
        }
        #expect(judged == count)
        #expect(file.numberOfTests == count)
    }
}

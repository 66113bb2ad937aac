import ControllerService
import Cryptography
import Foundation
import Testing
import TrainModel

@Suite struct KeyTests {
    private static let names = ["authority-key.pem", "authority.pem", "order-key.pem"]

    private func keys(in folder: String, mayMake: Bool) throws -> ControllerKeys {
        try ControllerKeys(
            folder: folder,
            cluster: #require(ClusterName("test")),
            dnsNames: ["localhost"],
            addresses: [],
            mayMake: mayMake
        )
    }

    private func contents(of folder: String) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))) }
        )
    }

    @Test func `a new controller makes its keys, and finds them again`() throws {
        try inFolder { folder in
            let first = try keys(in: folder, mayMake: true)
            #expect(try contents(of: folder).keys.sorted() == (Self.names + ["order-key.pub.pem"]).sorted())
            let again = try keys(in: folder, mayMake: false)
            #expect(again.authority.certificate.pem == first.authority.certificate.pem)
            #expect(again.orderKey.publicKey == first.orderKey.publicKey)
        }
    }

    @Test(arguments: names)
    func `a key that is missing beside a database with events is never made anew`(missing: String) throws {
        try inFolder { folder in
            _ = try keys(in: folder, mayMake: true)
            try FileManager.default.removeItem(atPath: "\(folder)/\(missing)")
            let before = try contents(of: folder)
            let error = #expect(throws: ControllerError.self) { try keys(in: folder, mayMake: false) }
            #expect(error?.code == .keys)
            #expect(error?.remedy.contains("Restore the keys from the backup") == true)
            #expect(try contents(of: folder) == before)
        }
    }

    @Test(arguments: names.dropLast())
    func `half an authority is never completed with another half`(missing: String) throws {
        try inFolder { folder in
            _ = try keys(in: folder, mayMake: true)
            try FileManager.default.removeItem(atPath: "\(folder)/\(missing)")
            let before = try contents(of: folder)
            #expect(throws: ControllerError.self) { try keys(in: folder, mayMake: true) }
            #expect(try contents(of: folder) == before)
        }
    }

    @Test(arguments: names)
    func `a file that holds no key is named, and nothing is changed`(name: String) throws {
        try inFolder { folder in
            _ = try keys(in: folder, mayMake: true)
            try Data("junk".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            let before = try contents(of: folder)
            let error = #expect(throws: ControllerError.self) { try keys(in: folder, mayMake: false) }
            #expect(error?.code == .keys)
            #expect(error?.sentence.contains("\(folder)/\(name)") == true)
            #expect(try contents(of: folder) == before)
        }
    }

    @Test func `another cluster's order key is refused beside the public half of the first`() throws {
        try inFolder { folder in
            _ = try keys(in: folder, mayMake: true)
            let stranger = try PrivateKey.generate(.ed25519).secretPEM()
            try Data(stranger.utf8).write(to: URL(fileURLWithPath: "\(folder)/order-key.pem"))
            let error = #expect(throws: ControllerError.self) { try keys(in: folder, mayMake: false) }
            #expect(error?.sentence.contains("order-key.pub.pem is not of the key") == true)
        }
    }

    @Test func `keys whose database was lost are refused, and a new folder is not`() throws {
        try inFolder { path in
            let folder = try DataFolder(path: path + "/data")
            try folder.refuseKeysWithoutDatabase()
            _ = try keys(in: folder.keys, mayMake: true)
            let error = #expect(throws: ControllerError.self) { try folder.refuseKeysWithoutDatabase() }
            #expect(error?.sentence.contains("wavetrain.db is missing beside") == true)
            try Data().write(to: URL(fileURLWithPath: folder.database))
            try folder.refuseKeysWithoutDatabase()
        }
    }
}

/// A folder that is gone afterwards.
func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("controller-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let result = Result { try body(folder.path) }
    try FileManager.default.removeItem(at: folder)
    try result.get()
}

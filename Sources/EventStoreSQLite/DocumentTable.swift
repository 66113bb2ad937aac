import Cryptography
import EventStore
import Foundation
import GRDB
import TrainModel

/// The rows of `document`.
struct DocumentTable {
    let db: Database
    /// The database's path, for errors.
    let place: String

    func put(_ bytes: [UInt8], _ digest: Digest) throws {
        try db.cachedStatement(sql: "INSERT INTO document (digest, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .execute(arguments: [Data(digest.bytes), Data(bytes)])
    }

    func get(_ digest: Digest) throws -> [UInt8]? {
        let statement = try db.cachedStatement(sql: "SELECT bytes FROM document WHERE digest = ?")
        guard let data = try Data.fetchOne(statement, arguments: [Data(digest.bytes)]) else { return nil }
        let bytes = [UInt8](data)
        guard SHA256.digest(of: bytes) == digest else {
            throw EventStoreError.damaged("the document \(digest.prefix) no longer has its digest", place: place)
        }
        return bytes
    }

    /// Reads every document once.
    func verify() throws {
        let digests = try Data.fetchAll(db, sql: "SELECT digest FROM document ORDER BY digest")
        for data in digests {
            guard let digest = Digest(bytes: data), try get(digest) != nil else {
                throw EventStoreError.damaged("a document's digest cannot be found again", place: place)
            }
        }
    }
}

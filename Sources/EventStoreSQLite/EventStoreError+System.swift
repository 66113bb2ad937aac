import EventStore
import GRDB
import Glibc

extension EventStoreError {
    /// A system call that failed with `reason` (an `errno`).
    static func system(_ doing: String, _ reason: Int32, place: String) -> EventStoreError {
        let sentence = "\(doing) failed: \(String(cString: strerror(reason)))"
        return switch reason {
        case EACCES, EPERM, EROFS:
            EventStoreError(
                .permission,
                sentence,
                place: place,
                remedy: "The controller's user needs to read and write the database and its folder"
            )
        case ENOSPC, EDQUOT: EventStoreError(.diskFull, sentence, place: place, remedy: diskFullRemedy)
        case ENOENT, ENOTDIR:
            EventStoreError(.missing, sentence, place: place, remedy: "Create the folder or correct the path")
        default: EventStoreError(.failed, sentence, place: place, remedy: failedRemedy)
        }
    }

    /// What SQLite or GRDB threw while `doing` something with the database at `place`.
    static func database(_ doing: String, _ error: any Error, place: String) -> EventStoreError {
        if let error = error as? EventStoreError { return error }
        guard let error = error as? DatabaseError else {
            return EventStoreError(.failed, "\(doing) failed: \(error)", place: place, remedy: failedRemedy)
        }
        let sentence = "\(doing) failed: \(error.message ?? "no reason given") (\(error.extendedResultCode))"
        return switch error.resultCode {
        case .SQLITE_FULL: EventStoreError(.diskFull, sentence, place: place, remedy: diskFullRemedy)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            EventStoreError(.damaged, sentence, place: place, remedy: damagedRemedy)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            EventStoreError(
                .permission,
                sentence,
                place: place,
                remedy: "The controller's user needs to read and write the database and its folder"
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            EventStoreError(
                .alreadyOpen,
                sentence,
                place: place,
                remedy: "Another program holds the database; end it and start the controller again"
            )
        default: EventStoreError(.failed, sentence, place: place, remedy: failedRemedy)
        }
    }

    static func damaged(_ sentence: String, place: String) -> EventStoreError {
        EventStoreError(.damaged, sentence, place: place, remedy: damagedRemedy)
    }

    private static var damagedRemedy: String {
        "Keep this file for inspection, restore the newest backup in its place and start again; nothing was changed"
    }

    private static var diskFullRemedy: String { "Make room on the disk and start the controller again" }

    private static var failedRemedy: String { "Look at the disk and the system's log, then start the controller again" }
}

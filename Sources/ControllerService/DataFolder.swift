import Glibc

/// The controller's folder: `keys/`, `bundles/` and `wavetrain.db`, readable by nobody else.
public struct DataFolder: Sendable {
    public let path: String
    public var keys: String { "\(path)/keys" }
    public var bundles: String { "\(path)/bundles" }
    public var database: String { "\(path)/wavetrain.db" }

    /// Makes what is missing.
    public init(path: String) throws {
        self.path = path
        for folder in [path, keys, bundles] {
            // -1 with EEXIST: it is there already.
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
                throw ControllerError(
                    .dataFolder,
                    "cannot make \(folder): \(String(cString: strerror(errno)))",
                    remedy: "Make its parent folder and give it to the controller's user, or set `data` elsewhere"
                )
            }
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_mode & 0o022 == 0 else {
            throw ControllerError(
                .dataFolder,
                "\(path) is no folder, or others may write in it",
                remedy: "chmod 700 \(path)"
            )
        }
    }

    /// Keys are made behind the database, so they never stand alone but where it was lost. A new one in its place would
    /// know none of the hosts that trust these keys, and count generations from 1.
    ///
    /// To be called before the database is opened, which makes one where there is none.
    public func refuseKeysWithoutDatabase() throws {
        guard access(database, F_OK) != 0, errno == ENOENT else { return }
        guard let key = ["authority-key.pem", "order-key.pem"].first(where: { access("\(keys)/\($0)", F_OK) == 0 })
        else { return }
        throw ControllerError(
            .dataFolder,
            "\(database) is missing beside \(keys)/\(key)",
            remedy: "Restore the database from the backup, or name an empty folder to begin another cluster"
        )
    }
}

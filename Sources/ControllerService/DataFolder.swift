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
}

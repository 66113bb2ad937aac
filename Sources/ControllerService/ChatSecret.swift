/// The secret that a chat signs its requests with, as its file holds it: one line.
public enum ChatSecret {
    public static let bytes_min = 32

    /// - Throws: `ControllerError` when it cannot be read, when others may read it, or when it is too short.
    public static func read(_ path: String) throws -> [UInt8] {
        guard let text = try SecretFile.read(path) else {
            throw ControllerError(.configuration, "there is no \(path)", remedy: remedy)
        }
        var bytes = Array(text.utf8)
        while bytes.last == 0x0a || bytes.last == 0x0d { bytes.removeLast() }
        guard bytes.count >= bytes_min else {
            throw ControllerError(
                .configuration,
                "\(path) holds \(bytes.count) bytes, too few for a secret",
                remedy: remedy
            )
        }
        return bytes
    }

    private static let remedy = "make it with `openssl rand -hex 32`, readable by the controller's user alone"
}

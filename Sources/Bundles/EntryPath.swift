/// A path inside a bundle that is safe to create: relative, without `.` and `..`, UTF-8, bounded.
struct EntryPath: Hashable {
    static let length_bytes_max = 1_024
    static let componentLength_bytes_max = 255
    static let depth_max = 64

    /// Empty for the bundle's top folder.
    let components: [String]

    /// As it is written in the archive, without `./` before and `/` behind.
    var text: String { components.joined(separator: "/") }

    var name: String { components.last ?? "" }

    var parent: EntryPath { EntryPath(components: components.dropLast()) }

    /// Equal for two paths that some file system takes for one: lower-cased; Swift's comparison of strings adds
    /// Unicode's canonical equivalence.
    var foldedText: String { text.lowercased() }

    private init(components: some Sequence<String>) {
        self.components = Array(components)
    }

    static let top = EntryPath(components: [])

    /// Reads a name as archives hold it: one `./` before it and one `/` behind it are dropped.
    init(archived bytes: some Collection<UInt8>) throws(BundleError) {
        let shown = String(decoding: bytes, as: UTF8.self)
        guard !bytes.isEmpty else { throw BundleError(.emptyName) }
        guard bytes.count <= Self.length_bytes_max else { throw BundleError(.pathTooLong, at: shown) }
        let text = try Self.text(bytes)
        guard text.utf8.first != UInt8(ascii: "/") else { throw BundleError(.absolutePath, at: shown) }
        // Split by bytes as the kernel does: a slash with a combining mark behind it is another Character.
        var parts = Self.split(text)
        if parts.count > 1, parts.last == "" { parts.removeLast() }
        if parts.first == "." { parts.removeFirst() }
        for part in parts { try Self.checkComponent(part, of: shown) }
        guard parts.count <= Self.depth_max else { throw BundleError(.tooDeep, at: shown) }
        components = parts
    }

    /// The path of `name` in this folder.
    func appending(_ name: String) throws(BundleError) -> EntryPath {
        guard !name.utf8.contains(UInt8(ascii: "/")) else { throw BundleError(.emptyComponent, at: name) }
        return try EntryPath(archived: Array((components + [name]).joined(separator: "/").utf8))
    }

    /// The bytes as text, if a person can read it on one line.
    static func text(_ bytes: some Collection<UInt8>) throws(BundleError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw BundleError(.notUTF8, at: String(decoding: bytes, as: UTF8.self))
        }
        for scalar in text.unicodeScalars {
            guard scalar.properties.generalCategory != .control else { throw BundleError(.controlCharacter, at: text) }
            guard scalar != "\\" else { throw BundleError(.backslash, at: text) }
        }
        return text
    }

    static func split(_ text: String) -> [String] {
        text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    private static func checkComponent(_ part: String, of path: String) throws(BundleError) {
        switch part {
        case "": throw BundleError(.emptyComponent, at: path)
        case ".": throw BundleError(.dotComponent, at: path)
        case "..": throw BundleError(.parentReference, at: path)
        default:
            guard part.utf8.count <= componentLength_bytes_max else { throw BundleError(.componentTooLong, at: path) }
        }
    }
}

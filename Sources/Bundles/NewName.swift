import Glibc

/// A name in a folder at which something complete is going to appear, all at once.
///
/// It is made beside its place under a temporary name, renamed, and the folder synchronised. Whatever fails on the
/// way, nothing is left behind.
struct NewName {
    /// What temporary names begin with; `BundleUnpacker.removeAbandoned` looks for it after a crash.
    static let temporaryPrefix = ".wavetrain-new-"

    let parent: Descriptor
    let name: String
    let temporaryName: String

    /// - Parameter path: where it shall be; must not exist, but its folder must.
    init(_ path: String) throws(BundleError) {
        let parts = EntryPath.split(path)
        guard let name = parts.last, name != "", parts.count > 1 else {
            try self.init(parentPath: ".", name: path)
            return
        }
        let parent = parts.dropLast().joined(separator: "/")
        try self.init(parentPath: parent.isEmpty ? "/" : parent, name: name)
    }

    init(parentPath: String, name: String) throws(BundleError) {
        let path = try EntryPath.top.appending(name)
        guard path != .top else { throw BundleError(.dotComponent, at: name) }
        self.name = path.name
        parent = try Descriptor(opening: parentPath, O_RDONLY | O_DIRECTORY)
        temporaryName = Self.temporaryPrefix + String(UInt64.random(in: .min ... .max), radix: 36)
        guard try parent.status(of: name) == nil else { throw BundleError(.alreadyThere, at: "\(parentPath)/\(name)") }
    }

    /// Runs `body`, which fills what already stands at the temporary name, and lets it appear.
    func publish<Value>(_ body: () throws -> Value) throws(BundleError) -> Value {
        var currentName = temporaryName
        do {
            let value = try body()
            // rename would replace a file or an empty folder that came meanwhile.
            guard try parent.status(of: name) == nil else {
                throw BundleError(.alreadyThere, at: "\(parent.path)/\(name)")
            }
            try parent.rename(temporaryName, to: name)
            currentName = name
            try parent.synchronise()
            return value
        } catch {
            var failure = BundleError.wrapping(error)
            do throws(BundleError) { try parent.remove(currentName) } catch {
                failure.leftover = "\(parent.path)/\(currentName)"
            }
            throw failure
        }
    }
}

/// The entries of one bundle so far. Refuses what would fall together with, or hide behind, an earlier entry.
///
/// Each folder must be an entry of its own before anything in it; so twins among folders are found like others, and
/// nothing is ever created behind a link.
struct EntryRegister {
    private struct Known {
        let path: EntryPath
        let isDirectory: Bool
    }

    private let count_max: Int
    private var known: [String: Known] = [:]
    private var hasTop = false

    init(count_max: Int) {
        self.count_max = count_max
    }

    var count: Int { known.count }

    mutating func add(_ entry: BundleEntry) throws(BundleError) {
        let path = entry.path
        guard path != .top else { return try addTop(entry) }
        try checkParent(of: path)
        let folded = path.foldedText
        if let other = known[folded] {
            let isSame = Array(other.path.text.utf8) == Array(path.text.utf8)
            throw BundleError(isSame ? .duplicate : .twin, at: path, isSame ? nil : BundleError.quote(other.path.text))
        }
        guard known.count < count_max else { throw BundleError(.tooManyEntries, at: path, "at most \(count_max)") }
        known[folded] = Known(path: path, isDirectory: entry.kind == .directory)
    }

    /// The top folder may be named, as tar does with `./`, but only as the folder it is.
    private mutating func addTop(_ entry: BundleEntry) throws(BundleError) {
        guard entry.kind == .directory else { throw BundleError(.emptyName) }
        guard !hasTop else { throw BundleError(.duplicate, at: ".") }
        hasTop = true
    }

    private func checkParent(of path: EntryPath) throws(BundleError) {
        let parent = path.parent
        guard parent != .top else { return }
        guard let known = known[parent.foldedText] else { throw BundleError(.missingParent, at: path) }
        guard Array(known.path.text.utf8) == Array(parent.text.utf8) else {
            throw BundleError(.twin, at: parent, BundleError.quote(known.path.text))
        }
        guard known.isDirectory else { throw BundleError(.parentNotDirectory, at: path) }
    }
}

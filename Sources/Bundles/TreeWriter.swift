import Glibc

/// Creates the entries of a bundle below one folder, through open folders only, so that nothing that happens to paths
/// meanwhile can lead elsewhere. Everything is on the disk when `finish` returns, and is flushed only then: a flush per
/// file on the way would make the file system commit once for each.
struct TreeWriter: TarReceiver {
    private let top: Descriptor
    private var register: EntryRegister
    /// The open folders from the top's child down to the one written to last, with their names.
    private var open: [(name: String, folder: Descriptor)] = []
    private var file: Descriptor?
    private var fileMode: mode_t = 0

    init(top: Descriptor, entries_max: Int) {
        self.top = top
        register = EntryRegister(count_max: entries_max)
    }

    var entries_count: Int { register.count }

    mutating func begin(_ entry: BundleEntry) throws {
        try register.add(entry)
        guard entry.path != .top else { return }
        let folder = try openFolder(entry.path.parent)
        let name = entry.path.name
        switch entry.kind {
        case .file:
            file = try folder.createFile(name)
            fileMode = entry.mode
        case .directory:
            try folder.createFolder(name)
            let created = try folder.openFolder(name)
            try created.setMode(entry.mode)
            open.append((name, created))
        case .link(let target):
            try folder.createLink(name, to: target)
        }
    }

    mutating func write(_ content: UnsafeRawBufferPointer) throws {
        guard let file else { preconditionFailure("content belongs to a file that has begun") }
        try file.write(content)
    }

    mutating func end() throws {
        guard let file else { preconditionFailure("only a file that has begun can end") }
        try file.setMode(fileMode)
        self.file = nil
    }

    mutating func finish() throws(BundleError) {
        open = []
        try top.setMode(0o755)
        try top.synchroniseTree()
    }

    private mutating func openFolder(_ path: EntryPath) throws(BundleError) -> Descriptor {
        let names = path.components
        var shared = 0
        while shared < min(names.count, open.count), open[shared].name == names[shared] { shared += 1 }
        open.removeLast(open.count - shared)
        for name in names[shared...] {
            let folder = open.last?.folder ?? top
            open.append((name, try folder.openFolder(name)))
        }
        return open.last?.folder ?? top
    }
}

/// One file, folder or link of a bundle. Owners and times are not part of it; modes are reduced to "may be run".
struct BundleEntry: Hashable {
    enum Kind: Hashable {
        case file(length_bytes: Int, isExecutable: Bool)
        case directory
        case link(LinkTarget)
    }

    let path: EntryPath
    let kind: Kind

    /// 0755 for folders and what may be run, 0644 for other files, 0777 for links (where it means nothing).
    var mode: UInt32 {
        switch kind {
        case .file(_, let isExecutable): isExecutable ? 0o755 : 0o644
        case .directory: 0o755
        case .link: 0o777
        }
    }
}

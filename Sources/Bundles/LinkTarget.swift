/// Where a symbolic link in a bundle may point: relative, and inside the bundle whatever else the bundle holds.
///
/// `..` may only stand at the beginning. There it leads up from the link's own folder, whose ancestors are real
/// folders; behind a name it would lead up from wherever that name, perhaps another link, points to. With this rule
/// links that each stay inside cannot lead out together.
struct LinkTarget: Hashable {
    let text: String

    init(_ bytes: some Collection<UInt8>, of link: EntryPath) throws(BundleError) {
        guard !bytes.isEmpty, bytes.count <= EntryPath.length_bytes_max else {
            throw BundleError(.badLinkTarget, at: link)
        }
        do { text = try EntryPath.text(bytes) } catch {
            throw BundleError(.badLinkTarget, at: link, error.code.rawValue)
        }
        guard bytes.first != UInt8(ascii: "/") else { throw BundleError(.absoluteLink, at: link, "to \(text)") }
        var depth = link.parent.components.count
        var hasNames = false
        for part in EntryPath.split(text) {
            switch part {
            case "": throw BundleError(.badLinkTarget, at: link, "to \(text)")
            case ".": continue
            case "..":
                depth -= 1
                guard depth >= 0, !hasNames else { throw BundleError(.escapingLink, at: link, "to \(text)") }
            default:
                guard part.utf8.count <= EntryPath.componentLength_bytes_max else {
                    throw BundleError(.badLinkTarget, at: link)
                }
                hasNames = true
            }
        }
    }
}

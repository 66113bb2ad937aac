import Patterns

/// A repository whose branches candidates are cut from, on this machine's disk.
public struct WatchedRepository: Sendable {
    /// A clone or a bare mirror.
    public let path: String
    /// Where it is brought up to date from before it is read; nil: somebody else sees to that.
    public let url: String?
    /// A change's ticket is the first part of its title that this matches.
    public let ticket: Pattern
    /// Only what was merged into the branch itself, not the commits behind a merge.
    public let isFirstParentOnly: Bool

    /// `WEB-123`.
    public static let usualTicket = "[A-Z][A-Z0-9]*-\\d+"

    public init(path: String, url: String? = nil, ticket: Pattern, isFirstParentOnly: Bool = false) {
        self.path = path
        self.url = url
        self.ticket = ticket
        self.isFirstParentOnly = isFirstParentOnly
    }
}

/// Why a folder could not be packed or a bundle not unpacked: which rule was broken, and by which entry.
public struct BundleError: Error, Hashable, Sendable {
    /// One code for each rule; `sentence` and `remedy` say it in words.
    public enum Code: String, Sendable, CaseIterable {
        // The archive as a whole
        case lengthMismatch = "length-mismatch"
        case digestMismatch = "digest-mismatch"
        case badCompression = "bad-compression"
        case truncated
        case trailingData = "trailing-data"
        case tooManyBytes = "too-many-bytes"
        case tooManyEntries = "too-many-entries"
        case ratioTooHigh = "ratio-too-high"
        // Headers
        case notUstar = "not-ustar"
        case badChecksum = "bad-checksum"
        case badNumber = "bad-number"
        case badPadding = "bad-padding"
        case badPax = "bad-pax"
        case unknownPaxRecord = "unknown-pax-record"
        case unexpectedContent = "unexpected-content"
        // Kinds of entries
        case hardLink = "hard-link"
        case device
        case fifo
        case socket
        case sparse
        case gnuLongName = "gnu-long-name"
        case globalHeader = "global-header"
        case unknownType = "unknown-type"
        case setID = "set-id"
        // Names
        case emptyName = "empty-name"
        case absolutePath = "absolute-path"
        case parentReference = "parent-reference"
        case emptyComponent = "empty-component"
        case dotComponent = "dot-component"
        case slashAfterFile = "slash-after-file"
        case notUTF8 = "not-utf8"
        case controlCharacter = "control-character"
        case backslash
        case pathTooLong = "path-too-long"
        case componentTooLong = "component-too-long"
        case tooDeep = "too-deep"
        // The tree
        case duplicate
        case twin
        case missingParent = "missing-parent"
        case parentNotDirectory = "parent-not-directory"
        case absoluteLink = "absolute-link"
        case escapingLink = "escaping-link"
        case badLinkTarget = "bad-link-target"
        // The manifest
        case manifestMissing = "manifest-missing"
        case manifestInvalid = "manifest-invalid"
        // The folder and the machine
        case changedWhilePacking = "changed-while-packing"
        case outputInside = "output-inside"
        case alreadyThere = "already-there"
        case notFound = "not-found"
        case noSpace = "no-space"
        case noPermission = "no-permission"
        case outOfMemory = "out-of-memory"
        case flushFailed = "flush-failed"
        case systemCall = "system-call"
    }

    public let code: Code

    /// The path inside the bundle or, for the machine's own troubles, on it. Outside text: it may hold anything.
    public let entry: String?

    /// What exactly was found, where that says more than the code.
    public let detail: String?

    /// The temporary folder that could not be removed again; nil when nothing is left behind.
    public internal(set) var leftover: String?

    init(_ code: Code, at entry: String? = nil, _ detail: String? = nil) {
        self.code = code
        self.entry = entry
        self.detail = detail
    }

    init(_ code: Code, at path: EntryPath, _ detail: String? = nil) {
        self.init(code, at: path.text, detail)
    }
}

extension BundleError: CustomStringConvertible {
    /// For people: `"bin/start": sets its user or group when run; clear the bits with chmod ug-s (set-id)`.
    public var description: String {
        var text = entry.map { "\(Self.quote($0)): " } ?? ""
        text += code.sentence
        if let detail { text += code.isFollowedByLines ? "\n\(detail)\n" : " (\(detail))" }
        text += code.isFollowedByLines ? code.remedy : "; \(code.remedy)"
        if let leftover { text += "; then remove \(Self.quote(leftover)), which could not be removed" }
        return "\(text) [\(code.rawValue)]"
    }

    private static let quotedScalars_max = 300

    /// Outside text on one line, in quotation marks.
    static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars.prefix(quotedScalars_max) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
                quoted += "\\u{\(String(scalar.value, radix: 16))}"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + (text.unicodeScalars.count > quotedScalars_max ? "…\"" : "\"")
    }
}

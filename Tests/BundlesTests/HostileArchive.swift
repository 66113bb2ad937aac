import Bundles
import Testing
import Zlib

/// An archive that breaks one rule, and the code of that rule.
struct HostileArchive: Sendable, CustomTestStringConvertible {
    let name: String
    let code: BundleError.Code
    let packed: [UInt8]

    var testDescription: String { name }

    /// The entries behind a good manifest, ended as they should be.
    init(_ name: String, _ code: BundleError.Code, _ entries: TarBytes...) {
        self.init(name, code, tar: TarBytes.manifest.bytes + entries.flatMap(\.bytes) + TarBytes.end)
    }

    init(_ name: String, _ code: BundleError.Code, tar: [UInt8]) {
        self.init(name, code, packed: (try? Deflate.compress(tar, format: .gzip)) ?? [])
    }

    init(_ name: String, _ code: BundleError.Code, packed: [UInt8]) {
        self.name = name
        self.code = code
        self.packed = packed
    }
}

import Bundles
import Zlib

private let good = TarBytes.manifest.bytes + TarBytes.end
private func packed(_ tar: [UInt8]) -> [UInt8] { (try? Deflate.compress(tar, format: .gzip)) ?? [] }

let hostileStreams: [HostileArchive] = [
    HostileArchive("nothing", .truncated, packed: []),
    HostileArchive("an empty archive", .truncated, tar: []),
    HostileArchive("no gzip", .badCompression, packed: Array("wavetrain: 1\n".utf8)),
    HostileArchive("a zlib stream", .badCompression, packed: (try? Deflate.compress(good, format: .zlib)) ?? []),
    HostileArchive("a wrong CRC", .badCompression, packed: packed(good).dropLast(8) + [UInt8](repeating: 0, count: 8)),
    HostileArchive("half a gzip stream", .truncated, packed: Array(packed(good).prefix(60))),
    HostileArchive("a byte behind", .trailingData, packed: packed(good) + [0]),
    HostileArchive("a second stream behind", .trailingData, packed: packed(good) + packed(good)),
    HostileArchive("half a second stream behind", .truncated, packed: packed(good) + packed([0]).prefix(12)),
    HostileArchive("noise that begins like a stream behind", .badCompression, packed: packed(good) + [0x1f, 0x8c]),
    HostileArchive(
        "a stream of zeros behind",
        .ratioTooHigh,
        packed: packed(good) + packed(.init(repeating: 0, count: 8 << 20))
    ),
    HostileArchive(
        "a second stream with a wrong CRC",
        .badCompression,
        packed: packed(Array(good.prefix(512))) + packed(Array(good.dropFirst(512))).dropLast(8)
            + [UInt8](repeating: 0, count: 8)
    ),
    HostileArchive("half a header", .truncated, tar: Array(good.prefix(300))),
    HostileArchive("half a content", .truncated, tar: Array(good.prefix(520))),
    HostileArchive("no end", .truncated, tar: TarBytes.manifest.bytes),
    HostileArchive("half an end", .truncated, tar: TarBytes.manifest.bytes + TarBytes.end.prefix(512)),
    HostileArchive(
        "an entry behind one empty block",
        .trailingData,
        tar: TarBytes.manifest.bytes + TarBytes.end.prefix(512) + TarBytes.file("x").bytes + TarBytes.end
    ),
    HostileArchive("an archive behind the end", .trailingData, tar: good + TarBytes.file("x").bytes + TarBytes.end),
    HostileArchive("a byte behind the end", .trailingData, tar: good + [1]),
    HostileArchive("zeros without end", .ratioTooHigh, tar: good + [UInt8](repeating: 0, count: 8 << 20)),
    HostileArchive(
        "a file of zeros",
        .ratioTooHigh,
        .with("zeros") { $0.content = [UInt8](repeating: 0, count: 8 << 20) }
    ),
    HostileArchive("a file beyond the limit", .tooManyBytes, .with("x") { $0.size = Array("77777777777".utf8) }),
]

let hostileManifests: [HostileArchive] = [
    HostileArchive("no manifest", .manifestMissing, tar: TarBytes.file("x").bytes + TarBytes.end),
    HostileArchive("no entry", .manifestMissing, tar: TarBytes.end),
    HostileArchive(
        "manifest in a folder",
        .manifestMissing,
        tar: TarBytes.folder("a/").bytes + TarBytes.file("a/wavetrain.yaml").bytes + TarBytes.end
    ),
    HostileArchive(
        "manifest is a link",
        .manifestMissing,
        tar: TarBytes.file("m", "wavetrain: 1\nservice: a\n").bytes
            + TarBytes.link("wavetrain.yaml", to: "m").bytes + TarBytes.end
    ),
    HostileArchive(
        "manifest is a folder",
        .manifestMissing,
        tar: TarBytes.folder("wavetrain.yaml/").bytes + TarBytes.end
    ),
    HostileArchive(
        "manifest is noise",
        .manifestInvalid,
        tar: TarBytes.file("wavetrain.yaml", "{{{{").bytes + TarBytes.end
    ),
    HostileArchive(
        "manifest of 65 KiB",
        .manifestInvalid,
        tar: TarBytes.file("wavetrain.yaml", (0..<9_000).map { "# \($0)\n" }.joined()).bytes + TarBytes.end
    ),
    HostileArchive(
        "hook that is not there",
        .manifestInvalid,
        tar: TarBytes.file("wavetrain.yaml", sampleManifest).bytes + TarBytes.end
    ),
    HostileArchive(
        "hook that may not be run",
        .manifestInvalid,
        tar: TarBytes.file("wavetrain.yaml", sampleManifest).bytes + TarBytes.folder("bin/").bytes
            + TarBytes.file("bin/start").bytes + TarBytes.end
    ),
    HostileArchive(
        "hook that is a link",
        .manifestInvalid,
        tar: TarBytes.file("wavetrain.yaml", sampleManifest).bytes + TarBytes.folder("bin/").bytes
            + TarBytes.link("bin/start", to: "sh").bytes + TarBytes.end
    ),
]

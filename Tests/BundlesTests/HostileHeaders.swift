import Bundles

let hostileHeaders: [HostileArchive] = [
    HostileArchive("wrong checksum", .badChecksum, .with("x") { $0.checksum = Array("0000000\u{0}".utf8) }),
    HostileArchive("checksum without digits", .badChecksum, .with("x") { $0.checksum = Array("checksum".utf8) }),
    HostileArchive("no magic", .notUstar, .with("x") { $0.magic = [] }),
    HostileArchive("GNU magic", .notUstar, .with("x") { $0.magic = Array("ustar  \u{0}".utf8) }),
    HostileArchive("noise", .notUstar, tar: [UInt8](repeating: 0x55, count: 2048)),
    HostileArchive("size in base 256", .badNumber, .with("x") { $0.size = [0x80] + [UInt8](repeating: 0, count: 11) }),
    HostileArchive("negative size", .badNumber, .with("x") { $0.size = Array("-0000000001".utf8) }),
    HostileArchive("no size", .badNumber, .with("x") { $0.size = [] }),
    HostileArchive("size with letters", .badNumber, .with("x") { $0.size = Array("0000000012x".utf8) }),
    HostileArchive("size in decimal", .badNumber, .with("x") { $0.size = Array("0000000009".utf8) }),
    HostileArchive("mode without digits", .badNumber, .with("x") { $0.mode = Array("rwxr-xr-".utf8) }),
    HostileArchive(
        "content behind the content",
        .badPadding,
        .with("x") {
            $0.content = [1]
            $0.padding = [UInt8](repeating: 2, count: 511)
        }
    ),
    HostileArchive("pax time", .unknownPaxRecord, .pax("mtime", "1.5"), .file("x")),
    HostileArchive("pax owner", .unknownPaxRecord, .pax("uid", "0"), .file("x")),
    HostileArchive("pax attribute", .unknownPaxRecord, .pax("SCHILY.xattr.security.capability", "x"), .file("x")),
    HostileArchive("pax sparse", .unknownPaxRecord, .pax("GNU.sparse.name", "x"), .file("x")),
    HostileArchive("pax length too long", .badPax, .pax(Array("99 path=a\n".utf8)), .file("x")),
    HostileArchive("pax length too short", .badPax, .pax(Array("5 path=a\n".utf8)), .file("x")),
    HostileArchive("pax length zero", .badPax, .pax(Array("0 path=a\n".utf8)), .file("x")),
    HostileArchive("pax length with a zero first", .badPax, .pax(Array("010 path=a\n".utf8)), .file("x")),
    HostileArchive("pax length signed", .badPax, .pax(Array("+10 path=a\n".utf8)), .file("x")),
    HostileArchive("pax length beyond 64 bits", .badPax, .pax(Array("99999999999999999999 path=a\n".utf8)), .file("x")),
    HostileArchive("pax without line feed", .badPax, .pax(Array("9 path=ab".utf8)), .file("x")),
    HostileArchive("pax without equals sign", .badPax, .pax(Array("9 path a\n".utf8)), .file("x")),
    HostileArchive("pax without value", .badPax, .pax("path", ""), .file("x")),
    HostileArchive(
        "pax path twice",
        .badPax,
        .pax(TarBytes.record("path", [97]) + TarBytes.record("path", [98])),
        .file("x")
    ),
    HostileArchive("pax of zero bytes", .badPax, .pax([]), .file("x")),
    HostileArchive("pax of 5 KiB", .badPax, .pax("path", String(repeating: "p", count: 5_000)), .file("x")),
    HostileArchive("pax twice", .badPax, .pax("path", "a"), .pax("path", "b"), .file("x")),
    HostileArchive("pax last", .badPax, .pax("path", "a")),
    HostileArchive("pax size of letters", .badNumber, .pax("size", "1e9"), .file("x")),
    HostileArchive("pax size beyond the limit", .tooManyBytes, .pax("size", "9223372036854775807"), .file("x")),
    HostileArchive("pax size larger than the archive", .truncated, .pax("size", "100000"), .file("x")),
]

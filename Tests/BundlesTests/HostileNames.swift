import Bundles

/// A folder in a folder in a folder, so many times; the names are too long for the plain field.
private func deep(_ count: Int) -> [TarBytes] {
    (1...count).flatMap { depth in
        let path = Array(repeating: "d", count: depth).joined(separator: "/")
        return [TarBytes.pax("path", path), .folder("d/")]
    }
}

let hostileNames: [HostileArchive] = [
    HostileArchive("absolute path", .absolutePath, .file("/etc/wavetrain-test")),
    HostileArchive("two slashes first", .absolutePath, .file("//etc/wavetrain-test")),
    HostileArchive("absolute path in pax", .absolutePath, .pax("path", "/etc/x"), .file("x")),
    HostileArchive("absolute path in the prefix", .absolutePath, .with("x") { $0.prefix = Array("/etc".utf8) }),
    HostileArchive("dot dot first", .parentReference, .file("../x")),
    HostileArchive("dot dot alone", .parentReference, .folder("..")),
    HostileArchive("dot dot behind a dot", .parentReference, .file("./../x")),
    HostileArchive("dot dot inside", .parentReference, .folder("a/"), .file("a/../../x")),
    HostileArchive("dot dot last", .parentReference, .folder("a/"), .folder("a/..")),
    HostileArchive("dot dot in pax", .parentReference, .pax("path", "a/../../x"), .file("x")),
    HostileArchive("dot dot in the prefix", .parentReference, .with("x") { $0.prefix = Array("..".utf8) }),
    HostileArchive("empty part", .emptyComponent, .folder("a/"), .file("a//b")),
    HostileArchive("two slashes last", .emptyComponent, .folder("a//")),
    HostileArchive("dot inside", .dotComponent, .folder("a/"), .file("a/./b")),
    HostileArchive("two dots first", .dotComponent, .file("././x")),
    HostileArchive("no name", .emptyName, .file("")),
    HostileArchive("the top as a file", .emptyName, .file(".")),
    HostileArchive("the top as a link", .emptyName, .link(".", to: "x")),
    HostileArchive("a file with a slash behind", .slashAfterFile, .file("x/")),
    HostileArchive("a link with a slash behind", .slashAfterFile, .link("x/", to: "y")),
    HostileArchive("no UTF-8", .notUTF8, .with("") { $0.name = [0x61, 0xff] }),
    HostileArchive("overlong slash", .notUTF8, .with("") { $0.name = [0x61, 0xc0, 0xaf, 0x62] }),
    HostileArchive("surrogate", .notUTF8, .with("") { $0.name = [0xed, 0xa0, 0x80] }),
    HostileArchive("line feed", .controlCharacter, .file("a\nb")),
    HostileArchive("escape", .controlCharacter, .file("\u{1b}[2J")),
    HostileArchive("delete", .controlCharacter, .file("a\u{7f}")),
    HostileArchive("C1 control", .controlCharacter, .file("a\u{85}b")),
    HostileArchive("NUL in pax", .controlCharacter, .pax("path", "a\u{0}b"), .file("x")),
    HostileArchive("backslash", .backslash, .file("..\\x")),
    HostileArchive(
        "path of 1025 bytes",
        .pathTooLong,
        .pax("path", String(repeating: "p/", count: 512) + "p"),
        .file("x")
    ),
    HostileArchive(
        "part of 256 bytes",
        .componentTooLong,
        .pax("path", String(repeating: "p", count: 256)),
        .file("x")
    ),
    HostileArchive(
        "65 folders deep",
        .tooDeep,
        tar: deep(65).flatMap(\.bytes) + TarBytes.end
    ),
    HostileArchive("the same file twice", .duplicate, .file("a"), .file("a")),
    HostileArchive("the same file with a dot", .duplicate, .file("a"), .file("./a")),
    HostileArchive("the same folder twice", .duplicate, .folder("a/"), .folder("a")),
    HostileArchive("a folder where a file is", .duplicate, .file("a"), .folder("a/")),
    HostileArchive("a file where a link is", .duplicate, .link("a", to: "b"), .file("a")),
    HostileArchive("the top twice", .duplicate, .folder("./"), .folder("./")),
    HostileArchive("the manifest twice", .duplicate, TarBytes.manifest),
    HostileArchive("case twin", .twin, .file("read"), .file("READ")),
    HostileArchive("case twin of the manifest", .twin, .file("Wavetrain.yaml")),
    HostileArchive("case twin beyond ASCII", .twin, .file("É"), .file("é")),
    HostileArchive("normalisation twin", .twin, .file("\u{e9}"), .file("e\u{301}")),
    HostileArchive("compatibility letter's twin", .twin, .file("\u{212a}"), .file("k")),
    HostileArchive("twin folder", .twin, .folder("a/"), .folder("A/")),
    HostileArchive("in a folder's twin", .twin, .folder("a/"), .file("A/x")),
    HostileArchive("in a folder's normalisation twin", .twin, .folder("\u{e9}/"), .file("e\u{301}/x")),
    HostileArchive("before its folder", .missingParent, .file("a/x"), .folder("a/")),
    HostileArchive("folder that never comes", .missingParent, .folder("a/b/")),
    HostileArchive("a slash with a combining mark is a slash", .missingParent, .file("a/\u{301}b")),
    HostileArchive("in a file", .parentNotDirectory, .file("a"), .file("a/x")),
    HostileArchive("through a link", .parentNotDirectory, .folder("b/"), .link("a", to: "b"), .file("a/x")),
    HostileArchive("folder through a link", .parentNotDirectory, .link("a", to: "b"), .folder("a/x/")),
]

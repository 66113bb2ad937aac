import Bundles

let hostileLinks: [HostileArchive] = [
    HostileArchive("to an absolute path", .absoluteLink, .link("a", to: "/etc")),
    HostileArchive("to the root", .absoluteLink, .link("a", to: "/")),
    HostileArchive("out of the top", .escapingLink, .link("a", to: "..")),
    HostileArchive("out with a name", .escapingLink, .link("a", to: "../x")),
    HostileArchive("out of a folder", .escapingLink, .folder("d/"), .link("d/a", to: "../../x")),
    HostileArchive("out behind a dot", .escapingLink, .link("a", to: "./../x")),
    HostileArchive("out behind a name", .escapingLink, .link("a", to: "b/../../x")),
    HostileArchive(
        "out through another link",
        .escapingLink,
        .folder("d/"),
        .link("d/up", to: ".."),
        .link("a", to: "d/up/..")
    ),
    HostileArchive("out in pax", .escapingLink, .pax("linkpath", "../x"), .link("a", to: "b")),
    HostileArchive("to nothing", .badLinkTarget, .link("a", to: "")),
    HostileArchive("to an empty part", .badLinkTarget, .link("a", to: "b//c")),
    HostileArchive("to a line feed", .badLinkTarget, .link("a", to: "b\nc")),
    HostileArchive("to a backslash", .badLinkTarget, .link("a", to: "..\\b")),
    HostileArchive("to no UTF-8", .badLinkTarget, .link("a", to: [0xff])),
    HostileArchive(
        "to 1025 bytes",
        .badLinkTarget,
        .pax("linkpath", String(repeating: "p/", count: 512) + "p"),
        .link("a", to: "b")
    ),
    HostileArchive(
        "hard link",
        .hardLink,
        .with("a") {
            $0.type = 0x31; $0.link = Array("wavetrain.yaml".utf8)
        }
    ),
    HostileArchive(
        "hard link out",
        .hardLink,
        .with("a") {
            $0.type = 0x31; $0.link = Array("/etc/passwd".utf8)
        }
    ),
]

let hostileKinds: [HostileArchive] = [
    HostileArchive("character device", .device, .typed("3")),
    HostileArchive("block device", .device, .typed("4")),
    HostileArchive("named pipe", .fifo, .typed("6")),
    HostileArchive("contiguous file", .unknownType, .typed("7")),
    HostileArchive("unknown type", .unknownType, .typed("Z")),
    HostileArchive("GNU volume", .unknownType, .typed("V")),
    HostileArchive("GNU dump of a folder", .unknownType, .typed("D")),
    HostileArchive("GNU long name", .gnuLongName, .typed("L", "././@LongLink")),
    HostileArchive("GNU long link", .gnuLongName, .typed("K", "././@LongLink")),
    HostileArchive("GNU sparse file", .sparse, .typed("S")),
    HostileArchive("pax header for all", .globalHeader, .typed("g")),
    HostileArchive("Solaris pax header", .unknownType, .typed("X")),
    HostileArchive("set-user-id file", .setID, .with("x") { $0.mode = Array("0004755\u{0}".utf8) }),
    HostileArchive("set-group-id file", .setID, .with("x") { $0.mode = Array("0002755\u{0}".utf8) }),
    HostileArchive(
        "set-group-id folder",
        .setID,
        .with("x/") {
            $0.mode = Array("0002755\u{0}".utf8); $0.type = 0x35
        }
    ),
    HostileArchive(
        "folder with content",
        .unexpectedContent,
        .with("x/") {
            $0.type = 0x35; $0.content = [1]
        }
    ),
    HostileArchive(
        "link with content",
        .unexpectedContent,
        .with("x") {
            $0.type = 0x32; $0.link = [0x79]; $0.content = [1]
        }
    ),
]

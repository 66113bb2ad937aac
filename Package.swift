// swift-tools-version:6.2
import PackageDescription

// The arrows of docs/architecture.md, enforced by the build: a target may import only what stands in its list,
// and lists name only layers below. CI builds with `--explicit-target-dependency-import-check error`.

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioConcurrency = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let orderedCollections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

/// A library of ours.
func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// The tests of one target; `resources` are copied as they are (test vectors, golden files).
func tests(of name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.target(name: name)] + dependencies,
        resources: resources,
        swiftSettings: swiftSettings
    )
}

let package = Package(
    name: "wavetrain",
    products: [
        .executable(name: "wavetrain", targets: ["wavetrain"]),
        .executable(name: "wavetrain-controller", targets: ["wavetrain-controller"]),
        .executable(name: "wavetrain-agent", targets: ["wavetrain-agent"]),
        // Loaded in front of the C library of an agent under test; part of no program.
        .library(name: "wavetrain-faults", type: .dynamic, targets: ["CFaults"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // 1: instants, calendars and chance; the C libraries
        library("TimeAndChance", []),
        library("Calendars", ["TimeAndChance"]),
        library("Patterns", []),
        library("Comparisons", []),
        .target(name: "CSpawn"),
        .target(name: "CMemory"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // 2: values; one owner per C object
        library("TrainModel", ["TimeAndChance", "Calendars"]),
        library("Cryptography", ["COpenSSL", "TrainModel"]),
        library("Zlib", ["CZlib"]),
        library("HTTPCalls", ["CCurl"]),
        library("Programs", ["CSpawn"]),
        library("StructuredText", ["CYAML", "TimeAndChance"]),

        // 3: decisions; contracts; languages
        library(
            "ReleaseDecisions",
            ["TrainModel", "TimeAndChance", "Calendars", "Patterns", "Comparisons", orderedCollections, heap]
        ),
        library("HostDecisions", ["TrainModel", "TimeAndChance", "Patterns", orderedCollections]),
        library("WireMessages", [protobuf]),
        library(
            "PlanLanguage",
            ["Patterns", "TrainModel", "TimeAndChance", "Calendars", "StructuredText", "Cryptography"]
        ),
        library("Bundles", ["Zlib", "Cryptography", "TrainModel", "StructuredText", "TimeAndChance"]),

        // 4: signatures, TLS, the event log
        library("SignedEnvelopes", ["Cryptography", "Zlib", "WireMessages", "StructuredText", protobuf]),
        library("TLSChannel", ["COpenSSL", nioCore, nioConcurrency]),
        library("EventStore", ["Cryptography", "TrainModel", "TimeAndChance", "StructuredText"]),

        // 5: the link; the database
        library(
            "AgentLink",
            [
                "TLSChannel", "SignedEnvelopes", "WireMessages", "Bundles", "Cryptography", "TrainModel",
                "TimeAndChance",
                nioCore, nioPosix, nioConcurrency, logging, protobuf,
            ]
        ),
        library("EventStoreSQLite", ["EventStore", "Cryptography", "TrainModel", "TimeAndChance", grdb]),

        // 5: what is asked of and told to those outside
        library(
            "Outside",
            [
                "ReleaseDecisions", "HTTPCalls", "Programs", "Patterns", "StructuredText", "Cryptography", "TrainModel",
                "Calendars", "TimeAndChance",
            ]
        ),
        library(
            "Notifications",
            ["HTTPCalls", "Outside", "StructuredText", "Cryptography", "TrainModel", "Calendars", "TimeAndChance"]
        ),

        // 6: services
        library(
            "ControllerService",
            [
                "ReleaseDecisions", "AgentLink", "Bundles", "EventStore", "PlanLanguage", "Outside", "Notifications",
                "HTTPCalls",
                "StructuredText", "SignedEnvelopes", "Cryptography", "TrainModel", "TimeAndChance", "TLSChannel",
                orderedCollections, lifecycle, logging, nioCore, nioPosix,
            ]
        ),
        library(
            "Simulation",
            ["ReleaseDecisions", "TrainModel", "Patterns", "Calendars", "TimeAndChance", orderedCollections, heap]
        ),
        library(
            "ReleaseBoard",
            [
                "ControllerService", "ReleaseDecisions", "PlanLanguage", "TrainModel", "TimeAndChance",
                "StructuredText", "TLSChannel", "Cryptography", hummingbirdCore, httpTypes, logging, nioCore, nioPosix,
                lifecycle,
            ]
        ),
        library(
            "AgentService",
            [
                "HostDecisions", "AgentLink", "Bundles", "HTTPCalls", "SignedEnvelopes", "TLSChannel", "Cryptography",
                "Patterns", "TrainModel", "TimeAndChance", "StructuredText", "CSpawn", "CMemory", lifecycle,
                unixSignals,
                logging, nioCore, nioPosix,
            ]
        ),
        library(
            "OperatorCommands",
            [
                "PlanLanguage", "Simulation", "Calendars", "StructuredText", "HTTPCalls", "Bundles", "EventStore",
                "SignedEnvelopes", "WireMessages", "Cryptography", "TrainModel", "TimeAndChance", argumentParser,
            ]
        ),

        // 7: executables
        executable("wavetrain", ["OperatorCommands"]),
        executable(
            "wavetrain-controller",
            [
                "ControllerService", "ReleaseBoard", "EventStoreSQLite", "AgentLink", "TLSChannel", "Cryptography",
                argumentParser, lifecycle, unixSignals, logging, nioPosix,
            ]
        ),
        executable(
            "wavetrain-agent",
            ["AgentService", "Bundles", "Cryptography", "TrainModel", "TimeAndChance", argumentParser, logging]
        ),
        .executableTarget(
            name: "measure-decisions",
            dependencies: ["ReleaseDecisions"],
            path: "benchmarks/decisions",
            swiftSettings: swiftSettings
        ),

        // Foreign programs for the tests.
        .target(name: "CTestSupport", path: "Tests/CTestSupport"),
        // A disk and a kernel that fail on demand.
        .target(name: "CFaults", path: "Tests/CFaults"),
        .target(
            name: "TestSupport",
            dependencies: ["CTestSupport", "StructuredText"],
            path: "Tests/TestSupport",
            swiftSettings: swiftSettings
        ),

        tests(of: "TimeAndChance"),
        tests(of: "Calendars", ["TestSupport", "TimeAndChance"]),
        tests(of: "Patterns", ["TimeAndChance"]),
        tests(of: "Comparisons", ["TimeAndChance"]),
        tests(of: "TrainModel", ["TimeAndChance"]),
        tests(of: "Cryptography", ["TestSupport", "TrainModel"], resources: [.copy("Vectors")]),
        tests(of: "Zlib", ["TestSupport"]),
        tests(of: "HTTPCalls", ["TestSupport"]),
        tests(of: "Programs", ["TestSupport"]),
        tests(
            of: "Outside",
            [
                "TestSupport", "HTTPCalls", "Programs", "StructuredText", "Calendars", "TrainModel", "ReleaseDecisions",
                "TimeAndChance",
            ]
        ),
        tests(
            of: "Notifications",
            ["TestSupport", "HTTPCalls", "Outside", "Cryptography", "StructuredText", "TrainModel", "TimeAndChance"]
        ),
        // Registries, queues, metrics and mail that nobody here wrote; `make test` installs them.
        .testTarget(
            name: "CounterpartTests",
            dependencies: [
                "TestSupport", "Outside", "Notifications", "HTTPCalls", "Programs", "ReleaseDecisions", "Cryptography",
                "StructuredText", "TrainModel", "TimeAndChance",
            ],
            exclude: ["counting_service.py", "helm_api.py", "kube_api.py", "mail_server.py"],
            swiftSettings: swiftSettings
        ),
        tests(of: "StructuredText", ["TimeAndChance"]),
        tests(
            of: "ReleaseDecisions",
            ["TestSupport", "TrainModel", "TimeAndChance", "Calendars", orderedCollections]
        ),
        tests(of: "HostDecisions", ["TestSupport", "TrainModel", "TimeAndChance"], resources: [.copy("Golden")]),
        tests(
            of: "PlanLanguage",
            ["TestSupport", "TrainModel", "StructuredText", "TimeAndChance", "Calendars"],
            resources: [.copy("Golden")]
        ),
        tests(of: "Bundles", ["TestSupport", "Zlib", "Cryptography", "StructuredText"]),
        tests(of: "SignedEnvelopes", ["TestSupport", "Cryptography", "WireMessages", "Zlib"]),
        tests(of: "TLSChannel", ["TestSupport", nioCore, nioPosix, nioEmbedded]),
        tests(of: "EventStore", ["Cryptography", "TrainModel", "TimeAndChance"]),
        tests(
            of: "EventStoreSQLite",
            ["TestSupport", "EventStore", "Cryptography", "TrainModel", "TimeAndChance", grdb]
        ),
        tests(
            of: "AgentLink",
            [
                "TestSupport", "TLSChannel", "Bundles", "Cryptography", "SignedEnvelopes", "WireMessages", "TrainModel",
                "TimeAndChance", logging,
                nioCore, nioPosix, protobuf,
            ]
        ),
        tests(
            of: "AgentService",
            [
                "TestSupport", "ControllerService", "HostDecisions", "AgentLink", "Bundles", "HTTPCalls",
                "SignedEnvelopes", "TLSChannel",
                "TrainModel",
                "TimeAndChance", "Cryptography", "StructuredText", lifecycle, logging, nioPosix,
            ]
        ),
        // Real agents, killed and on failing disks, over real links.
        .testTarget(
            name: "TortureTests",
            dependencies: [
                "TestSupport", "AgentService", "HostDecisions", "AgentLink", "Bundles", "SignedEnvelopes", "TLSChannel",
                "Cryptography", "TrainModel", "TimeAndChance", logging, nioPosix,
            ],
            swiftSettings: swiftSettings
        ),
        tests(
            of: "ControllerService",
            [
                "TestSupport", "ReleaseDecisions", "AgentLink", "EventStore", "PlanLanguage", "TrainModel",
                "TimeAndChance",
                "Cryptography",
                "StructuredText", "Outside", "Notifications", logging, nioCore,
            ]
        ),
        tests(of: "Simulation", ["ReleaseDecisions", "TrainModel", "Calendars", "TimeAndChance", orderedCollections]),
        // The processes of controller/plans, each walked point by point.
        .testTarget(
            name: "ProcessTests",
            dependencies: [
                "Simulation", "PlanLanguage", "ReleaseDecisions", "TrainModel", "Patterns", "Calendars",
                "StructuredText", "TimeAndChance", orderedCollections,
            ],
            swiftSettings: swiftSettings
        ),
        tests(
            of: "ReleaseBoard",
            [
                "TestSupport", "ControllerService", "TrainModel", "TimeAndChance", "Cryptography", "EventStore",
                "TLSChannel", httpTypes, logging, nioCore, lifecycle,
            ]
        ),
        tests(
            of: "OperatorCommands",
            [
                "TestSupport", "TrainModel", "TimeAndChance", "Cryptography", "EventStore", "SignedEnvelopes",
                "WireMessages", "StructuredText",
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

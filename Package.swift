// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target of ours: strict Swift 6, no warning passes, imports say what they export.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Pictures are drawn pixel by pixel, films planned and tasks decided by the ten thousand: these rooms are optimised in
/// every build. What the compiler cannot prove about exclusive access is not looked up while they run: 7 % of dispatch.
let hot: [SwiftSetting] = strict + [.unsafeFlags(["-O", "-enforce-exclusivity=unchecked"])]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let hashTrees: Target.Dependency = .product(name: "HashTreeCollections", package: "swift-collections")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")

let package = Package(
    name: "snowflake",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "snowflake", targets: ["CLI"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .target(
            name: "Protocol",
            dependencies: [crypto, .product(name: "SwiftProtobuf", package: "swift-protobuf")], swiftSettings: hot),
        .target(name: "Scheduling", dependencies: ["Protocol", hashTrees], swiftSettings: hot),
        .target(name: "Forecast", dependencies: ["Protocol", "Scheduling", hashTrees], swiftSettings: hot),
        .systemLibrary(name: "CZeroMQ"),
        .systemLibrary(name: "CUnix"),
        .systemLibrary(name: "CCurl"),
        .target(name: "HTTP", dependencies: ["Protocol", "CCurl"], swiftSettings: strict),
        .target(
            name: "Providers", dependencies: ["Protocol", "HTTP", "Film", crypto, cryptoExtras], swiftSettings: strict),
        .target(name: "Rehearsal", dependencies: ["Protocol", "Film", "Planning"], swiftSettings: strict),
        .systemLibrary(name: "CPangoCairo"),
        .systemLibrary(name: "CCurses"),
        .systemLibrary(name: "CChafa", pkgConfig: "chafa"),
        .target(
            name: "Dashboard",
            dependencies: [
                "Protocol", "CCurses", "CChafa", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], swiftSettings: hot),
        .target(name: "Transport", dependencies: ["Protocol", "CZeroMQ"], swiftSettings: strict),
        .target(
            name: "Store",
            dependencies: [
                "Protocol", "Scheduling", hashTrees, .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], swiftSettings: strict),
        .target(
            name: "Launching",
            dependencies: [
                "Protocol", "Scheduling", "HTTP", logging, subprocess, .product(name: "Yams", package: "Yams"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], swiftSettings: strict),
        .target(
            name: "Gateway",
            dependencies: [
                "Protocol", "Objects", "Transport", crypto, logging,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ], swiftSettings: strict),
        .target(name: "Objects", dependencies: ["Protocol", "HTTP", crypto], swiftSettings: strict),
        .target(
            name: "Coordinator",
            dependencies: [
                "Protocol", "Scheduling", "Store", "Objects", "Transport", "Film", "Planning", hashTrees, logging,
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict),
        .target(
            name: "Worker",
            dependencies: [
                "Protocol", "Scheduling", "Store", "Objects", "Transport", "Media", "Studio", "Film", "Planning",
                "HTTP", "Providers", logging, .product(name: "Yams", package: "Yams"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict),
        .target(name: "Film", dependencies: ["Protocol"], swiftSettings: hot),
        .target(name: "Screenplay", dependencies: ["Film"], swiftSettings: hot),
        .target(name: "ShotEngine", dependencies: ["Film", "Screenplay"], swiftSettings: hot),
        .target(
            name: "Planning", dependencies: ["Protocol", "Film", .product(name: "Yams", package: "Yams")],
            swiftSettings: hot),
        .target(
            name: "Media",
            dependencies: ["Protocol", "CUnix", subprocess, .product(name: "SystemPackage", package: "swift-system")],
            swiftSettings: strict),
        .target(
            name: "Studio", dependencies: ["Protocol", "Film", "Planning", "Media", "CPangoCairo"], swiftSettings: hot),
        .executableTarget(
            name: "CLI",
            dependencies: [
                "Protocol", "Scheduling", "Forecast", "Film", "Screenplay", "ShotEngine", "Planning", "Media", "Studio",
                "Store", "Objects", "Transport", "Coordinator", "Gateway", "Launching", "Worker", "Dashboard", "CUnix",
                "HTTP", "Providers", "Rehearsal", logging, subprocess,
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: strict),
        .target(
            name: "TestKit",
            dependencies: ["Protocol", "Scheduling", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            swiftSettings: hot),
        .executableTarget(
            name: "dashboard-bench", dependencies: ["Dashboard", "Protocol", "TestKit"], path: "Tests/DashboardBench",
            swiftSettings: strict),
        .executableTarget(
            name: "farm-load",
            dependencies: [
                "Protocol", "Transport", "Scheduling", "Store", "CZeroMQ",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], path: "Tests/FarmLoad", swiftSettings: strict),
        .executableTarget(
            name: "breakdown-bench", dependencies: ["Film", "Screenplay", "ShotEngine"], path: "Tests/BreakdownBench",
            swiftSettings: strict),
        .executableTarget(
            name: "media-bench", dependencies: ["Media", "Protocol"], path: "Tests/MediaBench", swiftSettings: strict),
        .executableTarget(
            name: "store-bench", dependencies: ["Gateway", "Objects", "HTTP", "Protocol", "Transport", "TestKit"],
            path: "Tests/StoreBench", swiftSettings: strict),
        .testTarget(
            name: "RehearsalTests",
            dependencies: ["Rehearsal", "Providers", "HTTP", "Media", "Film", "Planning", "Protocol", "TestKit"],
            swiftSettings: strict),
        .testTarget(name: "ScreenplayTests", dependencies: ["Screenplay", "Film", "TestKit"], swiftSettings: strict),
        .testTarget(
            name: "ShotEngineTests", dependencies: ["ShotEngine", "Screenplay", "Film", "TestKit"],
            exclude: ["Corpus"], swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(name: "OpsTests", dependencies: ["Media", "TestKit"], swiftSettings: strict),
        .testTarget(
            name: "HTTPTests", dependencies: ["HTTP", "Providers", "TestKit", "CLI"],
            swiftSettings: strict),
        .testTarget(
            name: "ProvidersTests",
            dependencies: ["Providers", "Film", "HTTP", "Protocol", "TestKit", crypto, cryptoExtras],
            exclude: ["Goldens"],
            swiftSettings: strict),
        .testTarget(
            name: "ForecastTests", dependencies: ["Forecast", "Scheduling", "TestKit"], swiftSettings: strict),
        .testTarget(name: "MediaTests", dependencies: ["Media", "Protocol", "TestKit"], swiftSettings: strict),
        .testTarget(
            name: "StudioTests", dependencies: ["Studio", "Media", "Planning", "TestKit"], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["CLI", "Media", "Transport", "Objects", "HTTP", "TestKit"],
            exclude: ["check-api.py"],
            swiftSettings: strict),
        .testTarget(
            name: "StoreTests", dependencies: ["Store", "Scheduling", "TestKit", hashTrees], exclude: ["Saved"],
            swiftSettings: strict),
        .testTarget(
            name: "DashboardTests",
            dependencies: [
                "Dashboard", "Protocol", "TestKit", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], exclude: ["Goldens"], swiftSettings: strict),
        .testTarget(name: "FilmTests", dependencies: ["Film", "TestKit"], swiftSettings: strict),
        .testTarget(
            name: "PlanningTests", dependencies: ["Planning", "Film", "Protocol", "TestKit"], swiftSettings: strict),
        .testTarget(
            name: "S3Tests", dependencies: ["Objects", "HTTP", "Protocol", "TestKit"], swiftSettings: strict),
        .testTarget(
            name: "GatewayTests", dependencies: ["Gateway", "Objects", "HTTP", "Protocol", "Transport", "TestKit"],
            swiftSettings: strict),
        .testTarget(
            name: "LaunchingTests", dependencies: ["Launching", "Scheduling", "HTTP", "Protocol", "TestKit"],
            exclude: ["kubernetes.py"], swiftSettings: strict),
        .testTarget(name: "ObjectsTests", dependencies: ["Objects", "TestKit"], swiftSettings: strict),
        .testTarget(name: "TransportTests", dependencies: ["Transport", "TestKit"], swiftSettings: strict),
        .testTarget(
            name: "ClusterTests",
            dependencies: [
                "Coordinator", "Worker", "Film", "Planning", "Providers", "HTTP", "TestKit", "Dashboard",
                "CLI", .product(name: "SwiftProtobuf", package: "swift-protobuf"), cryptoExtras,
            ], swiftSettings: strict),
        .testTarget(
            name: "ProtocolTests",
            dependencies: ["Protocol", "TestKit", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            swiftSettings: strict),
        .testTarget(
            name: "SchedulingTests", dependencies: ["Scheduling", "TestKit", hashTrees], swiftSettings: strict),
        .testTarget(
            name: "SimulationTests", dependencies: ["Scheduling", "TestKit", hashTrees], swiftSettings: strict),
    ]
)

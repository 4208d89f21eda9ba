// swift-tools-version: 6.2
import PackageDescription

/// Set in one place for every Swift target; each is adopted ahead of the language mode that will make it the default.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    // SE-0458: opt-in strict memory safety; every unsafe use is marked where it stands.
    .strictMemorySafety(),
    // SE-0335: `any` is written on every existential.
    .enableUpcomingFeature("ExistentialAny"),
    // SE-0444: a member is visible only where its module is imported.
    .enableUpcomingFeature("MemberImportVisibility"),
    // SE-0409: imports are internal unless they say otherwise, so no C type reaches a public signature.
    .enableUpcomingFeature("InternalImportsByDefault"),
    // SE-0461: a nonisolated async function runs on its caller's actor, so a request stays on its loop.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // SE-0470: conformances follow the isolation of their type.
    .enableUpcomingFeature("InferIsolatedConformances"),
    // SE-0481: `weak let`.
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

let package = Package(
    name: "modelplex",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Modelplex", targets: ["Modelplex"]),
        .library(name: "GatewayKit", targets: ["GatewayKit"]),
        .library(name: "RouterKit", targets: ["RouterKit"]),
        .library(name: "MCPKit", targets: ["MCPKit"]),
        .library(name: "ProviderKit", targets: ["ProviderKit"]),
        .library(name: "CredentialKit", targets: ["CredentialKit"]),
        .library(name: "TransportKit", targets: ["TransportKit"]),
        .library(name: "ProviderTesting", targets: ["ProviderTesting"]),
        .executable(name: "plexctl", targets: ["plexctl"]),
    ],
    targets: [
        // C libraries. System-library targets carry pkg-config names and packages; shim targets carry no logic of ours.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        // Without pkgConfig: the package manager refuses the -D and -pthread flags in these, so the shims set what they need.
        .systemLibrary(name: "CSimdjson", providers: [.apt(["libsimdjson-dev"])]),
        .systemLibrary(name: "CTomlPlusPlus", providers: [.apt(["libtomlplusplus-dev"])]),
        .systemLibrary(name: "CLibRE2", providers: [.apt(["libre2-dev"])]),
        .target(name: "CJSON", dependencies: ["CSimdjson"], linkerSettings: [.linkedLibrary("simdjson")]),
        .target(
            name: "CTOML",
            dependencies: ["CTomlPlusPlus"],
            cxxSettings: [.define("TOML_HEADER_ONLY", to: "0"), .define("TOML_SHARED_LIB", to: "1")],
            linkerSettings: [.linkedLibrary("tomlplusplus")]
        ),
        .target(name: "CRE2", dependencies: ["CLibRE2"], linkerSettings: [.linkedLibrary("re2")]),

        .target(name: "TransportKit", dependencies: ["CLinux", "CCurl", "CZlib", "CJSON"]),
        .target(name: "CredentialKit", dependencies: ["TransportKit", "CSQLite", "CSodium", "COpenSSL"]),
        .target(name: "ProviderKit", dependencies: ["TransportKit"]),
        .target(name: "RouterKit", dependencies: ["ProviderKit", "TransportKit", "CRE2"]),
        .target(name: "MCPKit", dependencies: ["ProviderKit", "CredentialKit", "TransportKit", "CRE2"]),
        .target(name: "GatewayKit", dependencies: ["ProviderKit", "TransportKit", "CMicroHTTPD", "CLinux"]),
        .target(name: "ProviderTesting", dependencies: ["ProviderKit", "TransportKit", "CLinux"]),
        .target(
            name: "Modelplex",
            dependencies: [
                "GatewayKit", "RouterKit", "MCPKit", "ProviderKit", "CredentialKit", "TransportKit", "CTOML", "CYAML",
            ]
        ),
        .executableTarget(
            name: "plexctl",
            dependencies: [
                "Modelplex", "GatewayKit", "RouterKit", "MCPKit", "ProviderKit", "CredentialKit", "TransportKit",
                "CLinux",
            ]
        ),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "Modelplex", "GatewayKit", "RouterKit", "ProviderKit", "CredentialKit", "MCPKit", "ProviderTesting",
                "TransportKit", "CLinux",
            ],
            path: "Benchmarks",
            exclude: ["thresholds.json"]
        ),

        .testTarget(name: "TransportKitTests", dependencies: ["TransportKit", "ProviderTesting"]),
        // What the tests kill while it works.
        .executableTarget(
            name: "CredentialProbe",
            dependencies: ["CredentialKit", "TransportKit"],
            path: "Tests/CredentialProbe"
        ),
        .testTarget(
            name: "CredentialKitTests",
            dependencies: ["CredentialKit", "CredentialProbe", "ProviderTesting", "TransportKit"]
        ),
        // What the fuzzer feeds, and the tests with the fuzzer's corpus.
        .target(name: "FuzzTargets", dependencies: ["MCPKit", "ProviderKit", "TransportKit"], path: "Fuzz/Targets"),
        .testTarget(name: "ProviderKitTests", dependencies: ["ProviderKit", "ProviderTesting", "FuzzTargets"]),
        .testTarget(
            name: "RouterKitTests",
            dependencies: ["RouterKit", "ProviderTesting", "ProviderKit", "TransportKit"]
        ),
        // What tells what connections leave behind, where nothing else runs.
        .executableTarget(
            name: "MCPProbe",
            dependencies: ["MCPKit", "ProviderTesting", "TransportKit"],
            path: "Tests/MCPProbe"
        ),
        .testTarget(
            name: "MCPKitTests",
            dependencies: ["MCPKit", "MCPProbe", "CredentialKit", "ProviderTesting", "ProviderKit", "TransportKit"],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "GatewayKitTests",
            dependencies: ["GatewayKit", "ProviderTesting", "ProviderKit", "TransportKit", "CLinux"]
        ),
        .testTarget(
            name: "ProviderTestingTests",
            dependencies: ["ProviderTesting", "ProviderKit", "TransportKit", "CLinux"]
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["GatewayKit", "MCPKit", "ProviderTesting", "ProviderKit", "TransportKit"]
        ),
        .testTarget(name: "ModelplexTests", dependencies: ["Modelplex", "MCPKit", "CredentialKit", "ProviderTesting"]),
        .testTarget(
            name: "plexctlTests",
            dependencies: ["plexctl", "CredentialKit", "ProviderTesting"],
            exclude: ["Snapshots"]
        ),
    ],
    cxxLanguageStandard: .cxx17
)

// libFuzzer brings its own entry, so this target is there only where it is asked for: scripts/fuzz.
if Context.environment["MODELPLEX_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: ["FuzzTargets"],
            path: "Fuzz",
            exclude: ["Corpus", "Targets"],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]
        )
    )
}

let shims: Set = ["CJSON", "CTOML", "CRE2"]
for target in package.targets where target.type != .system && !shims.contains(target.name) {
    target.swiftSettings = (target.swiftSettings ?? []) + settings
}

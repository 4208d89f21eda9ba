// swift-tools-version: 6.2
// Programs as a user of the package writes them: each target needs only the products that it names.
import PackageDescription

let package = Package(
    name: "examples",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "modelplex", path: "..")],
    targets: [
        .executableTarget(name: "Chat", dependencies: [.product(name: "Modelplex", package: "modelplex")]),
        .executableTarget(name: "CustomProvider", dependencies: [.product(name: "ProviderKit", package: "modelplex")]),
        .executableTarget(
            name: "EmbeddedGateway",
            dependencies: [
                .product(name: "GatewayKit", package: "modelplex"), .product(name: "ProviderKit", package: "modelplex"),
            ]
        ),
        .executableTarget(
            name: "ToolServer",
            dependencies: [
                .product(name: "MCPKit", package: "modelplex"), .product(name: "ProviderKit", package: "modelplex"),
            ]
        ),
        .executableTarget(name: "Tools", dependencies: [.product(name: "ProviderKit", package: "modelplex")]),
        .executableTarget(name: "TransportOnly", dependencies: [.product(name: "TransportKit", package: "modelplex")]),
        .executableTarget(
            name: "WeatherServer",
            dependencies: [
                .product(name: "MCPKit", package: "modelplex"), .product(name: "ProviderKit", package: "modelplex"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// swift-tools-version: 6.2
// Programs as a user of the package writes them: each target needs only the products that it names.
import PackageDescription

/// A program below Sources/, and the products that it uses.
func example(_ name: String, _ products: String...) -> Target {
    .executableTarget(name: name, dependencies: products.map { .product(name: $0, package: "modelplex") })
}

/// A program that shows nothing but that a product can be had alone, where none of the others does.
func alone(_ product: String) -> Target {
    .executableTarget(
        name: "Only\(product)",
        dependencies: [.product(name: product, package: "modelplex")],
        path: "Alone/\(product)"
    )
}

let package = Package(
    name: "examples",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "modelplex", path: "..")],
    targets: [
        // One product each: what one of them needs without saying so would be missing here.
        example("BusyUpstream", "ProviderTesting"),
        example("Chat", "Modelplex"),
        example("CustomProvider", "ProviderKit"),
        example("Outage", "RouterKit"),
        example("StructuredOutput", "Modelplex"),
        example("ToolProxy", "MCPKit"),
        example("TransportOnly", "TransportKit"),
        alone("CredentialKit"),
        alone("GatewayKit"),

        example("EmbeddedGateway", "GatewayKit", "ProviderKit"),
        example("KeyStore", "CredentialKit", "TransportKit"),
        example("RouterServer", "GatewayKit", "RouterKit", "ProviderKit", "TransportKit"),
        example("ToolClient", "MCPKit", "ProviderKit", "TransportKit"),
        example("ToolServer", "MCPKit", "ProviderKit"),
        example("Tools", "ProviderKit", "TransportKit"),
        example("WeatherServer", "MCPKit", "ProviderKit"),
    ],
    swiftLanguageModes: [.v6]
)

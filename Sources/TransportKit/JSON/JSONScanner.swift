internal import CJSON

/// Checks that a text is one JSON object and finds some of its members, without making values of any.
///
/// ```swift
/// var scanner = JSONScanner([.member("model"), .member("choices"), .member("finish_reason", under: 1)])
/// try scanner.scan(body.span)
/// let model = scanner.members[0].value
/// ```
package struct JSONScanner: Sendable {
    /// A member to look for.
    package struct Name: Sendable {
        let text: StaticString
        let parent: Int32

        /// A member of the object itself; the name is ASCII, and one that is escaped in the text counts too.
        package static func member(_ name: StaticString) -> Name { Name(text: name, parent: -1) }

        /// A member of an object that is a member itself, or of the objects in an array that is one; at most five levels deep.
        ///
        /// - Parameters:
        ///   - name: The name.
        ///   - parent: The number of that member among the names that are looked for.
        /// - Returns: What to look for.
        package static func member(_ name: StaticString, under parent: Int) -> Name {
            Name(text: name, parent: Int32(parent))
        }
    }

    /// What was found of a member; places are offsets in bytes.
    package struct Member: Sendable, Hashable {
        /// How often it is there.
        package fileprivate(set) var count = 0
        /// How often it is there and not `null`.
        package fileprivate(set) var notNull = 0
        /// Where the name's opening quote stands.
        package fileprivate(set) var nameStart = 0
        /// Where the value stands: the first that is not `null`, else the first.
        package fileprivate(set) var value = 0..<0
    }

    /// What was found, in the order of the names.
    package private(set) var members: [Member]
    /// Where the object stands, braces included.
    package private(set) var object = 0..<0

    /// How deep arrays and objects may be nested.
    private static let maximumDepth = 128

    private let names: [Name]

    /// Makes a scanner that looks for some members.
    package init(_ names: [Name]) {
        self.names = names
        members = Array(repeating: Member(), count: names.count)
    }

    /// Checks a text and looks through it.
    ///
    /// - Parameter bytes: UTF-8, whole, without a byte order mark.
    /// - Throws: `JSONError` if the text is not JSON, nested too deep, or no object.
    package mutating func scan(_ bytes: Span<UInt8>) throws(JSONError) {
        let count = names.count
        let result = unsafe withUnsafeTemporaryAllocation(of: cjson_found.self, capacity: count) { found in
            let result = unsafe withUnsafeTemporaryAllocation(of: cjson_wanted.self, capacity: count) { wanted in
                for (index, name) in names.enumerated() {
                    let text = unsafe UnsafeRawPointer(name.text.utf8Start).assumingMemoryBound(to: CChar.self)
                    unsafe wanted[index] = cjson_wanted(
                        name: text,
                        name_length: name.text.utf8CodeUnitCount,
                        under: name.parent
                    )
                }
                return unsafe bytes.withUnsafeBufferPointer { buffer in
                    unsafe cjson_scan(
                        buffer.baseAddress,
                        buffer.count,
                        Self.maximumDepth,
                        wanted.baseAddress,
                        count,
                        found.baseAddress
                    )
                }
            }
            for index in 0..<count {
                let entry = unsafe found[index]
                members[index] = Member(
                    count: entry.count,
                    notNull: entry.not_null,
                    nameStart: entry.name_start,
                    value: entry.value_start..<max(entry.value_start, entry.value_end)
                )
            }
            return result
        }
        guard result.status == CJSON_OK else {
            throw JSONError(status: result.status, offset: result.error_offset)
        }
        object = result.start..<result.end
    }
}

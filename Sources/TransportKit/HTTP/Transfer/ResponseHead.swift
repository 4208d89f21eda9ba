/// The head of an answer.
struct ResponseHead: Sendable, Hashable {
    var status = 0
    var fields = HTTPFields()
}

import Testing
import TransportKit

@testable import CredentialKit

@Suite("Logins of devices")
struct DevicePollingTests {
    private let pending = OAuthError(.refused, "", serverCode: .authorizationPending)
    private let slowDown = OAuthError(.refused, "", serverCode: .slowDown)
    private let unavailable = OAuthError(.unavailable, "")

    @Test("it asks at the interval, slower where it is told to or the server does not answer")
    func intervals() {
        var polling = DevicePolling(interval: .seconds(5), lifetime: .seconds(1000))
        #expect(polling.begin() == .ask(after: .seconds(5)))
        #expect(polling.next(after: pending) == .ask(after: .seconds(5)))
        #expect(polling.next(after: slowDown) == .ask(after: .seconds(10)))
        #expect(polling.next(after: pending) == .ask(after: .seconds(10)))
        #expect(polling.next(after: slowDown) == .ask(after: .seconds(15)))
        #expect(polling.next(after: unavailable) == .ask(after: .seconds(30)))
    }

    @Test("it ends with the time that the user has")
    func end() {
        var polling = DevicePolling(interval: .seconds(5), lifetime: .seconds(12))
        #expect(polling.begin() == .ask(after: .seconds(5)))
        #expect(polling.next(after: pending) == .ask(after: .seconds(5)))
        guard case .fail(let error) = polling.next(after: pending) else {
            Issue.record("it goes on")
            return
        }
        #expect(error.reason == .expired)
    }

    @Test("a refusal ends it", arguments: ["access_denied", "expired_token", "invalid_grant"])
    func refusal(code: String) {
        var polling = DevicePolling(interval: .seconds(5), lifetime: .seconds(100))
        let refusal = OAuthError(.refused, "no", serverCode: .init(rawValue: code))
        #expect(polling.next(after: refusal) == .fail(refusal))
    }

    @Test("an answer is read, numbers within bounds")
    func read() throws {
        let text =
            #"{"device_code":"d","user_code":"A-\u001bB","verification_uri":"https://a.example/d","expires_in":1e9,"interval":0}"#
        let device = try DeviceAuthorization(JSONValue(parsing: text))
        #expect(device.userCode == "A- B")
        #expect(device.interval == .seconds(1))
        #expect(device.lifetime == .seconds(86_400))
        #expect(device.completeAddress == nil)
    }

    @Test(
        "an answer that a user must not be shown is refused",
        arguments: [
            "{}", #"{"device_code":"canary","user_code":"u"}"#,
            #"{"device_code":"","user_code":"u","verification_uri":"https://a.example"}"#,
            #"{"device_code":"canary","user_code":"u","verification_uri":"http://a.example"}"#,
            #"{"device_code":"canary","user_code":"u","verification_uri":"https://a.example","verification_uri_complete":"javascript:x"}"#,
        ]
    )
    func refused(text: String) async {
        #expect(await oauthError { try DeviceAuthorization(JSONValue(parsing: text)) } != nil)
    }
}

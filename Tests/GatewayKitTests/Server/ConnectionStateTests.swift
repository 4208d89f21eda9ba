import Testing

@testable import GatewayKit

@Suite
struct ConnectionStateTests {
    typealias Step = (event: ConnectionState.Event, action: ConnectionState.Action, phase: ConnectionState.Phase)

    private func run(_ steps: [Step]) {
        var state = ConnectionState()
        for (number, step) in steps.enumerated() {
            #expect(state.handle(step.event) == step.action, "step \(number)")
            #expect(state.phase == step.phase, "step \(number)")
        }
    }

    @Test func wholeAnswer() {
        run([
            (.readable, .receive, .idle), (.requestBegan, .nothing, .receiving), (.requestWhole, .answer, .answering),
            (.readable, .nothing, .answering), (.answerReady(streams: false), .nothing, .writing),
            (.readable, .nothing, .writing), (.answerWritten, .awaitRequest, .idle), (.deadline, .close, .idle),
            (.closed, .nothing, .closed), (.cut, .nothing, .closed),
        ])
    }

    @Test(arguments: [true, false])
    func streamedAnswer(isReusable: Bool) {
        run([
            (.requestBegan, .nothing, .receiving), (.requestWhole, .answer, .answering),
            (.answerReady(streams: true), .nothing, .streaming), (.readable, .nothing, .streaming),
            (
                .streamEnded(isReusable: isReusable), isReusable ? .awaitRequest : .close,
                isReusable ? .idle : .streaming
            ),
        ])
    }

    @Test func peerLeaves() {
        run([(.peerLeft, .receive, .idle)])
        run([(.requestBegan, .nothing, .receiving), (.peerLeft, .receive, .receiving)])
        run([
            (.requestBegan, .nothing, .receiving), (.requestWhole, .answer, .answering),
            (.peerLeft, .cancel, .answering),
            (.answerReady(streams: false), .nothing, .writing), (.peerLeft, .nothing, .writing),
        ])
        run([
            (.requestBegan, .nothing, .receiving), (.requestWhole, .answer, .answering),
            (.answerReady(streams: true), .nothing, .streaming), (.peerLeft, .close, .streaming),
        ])
        run([(.refused, .nothing, .lingering), (.readable, .discard, .lingering), (.peerLeft, .discard, .lingering)])
    }

    @Test func drains() {
        run([(.drain, .close, .idle)])
        run([(.requestBegan, .nothing, .receiving), (.drain, .refuse(.stopping), .receiving)])
        run([
            (.requestBegan, .nothing, .receiving), (.requestWhole, .answer, .answering), (.drain, .nothing, .answering),
            (.answerReady(streams: false), .nothing, .writing), (.answerWritten, .close, .idle),
            (.requestBegan, .nothing, .receiving), (.requestWhole, .refuse(.stopping), .receiving),
        ])
        run([
            (.requestBegan, .nothing, .receiving), (.requestWhole, .answer, .answering),
            (.answerReady(streams: true), .nothing, .streaming), (.drain, .nothing, .streaming),
            (.streamEnded(isReusable: true), .close, .streaming),
        ])
        run([(.refused, .nothing, .lingering), (.drain, .close, .lingering)])
    }

    @Test func retires() {
        run([(.retire(hasUnread: false), .close, .idle)])
        // What has come, or begun to, is still answered.
        run([
            (.retire(hasUnread: true), .nothing, .idle), (.readable, .receive, .idle),
            (.requestBegan, .nothing, .receiving), (.retire(hasUnread: true), .nothing, .receiving),
            (.requestWhole, .answer, .answering), (.answerReady(streams: false), .nothing, .writing),
            (.answerWritten, .close, .idle),
        ])
        run([
            (.requestBegan, .nothing, .receiving), (.requestWhole, .answer, .answering),
            (.answerReady(streams: true), .nothing, .streaming), (.retire(hasUnread: false), .nothing, .streaming),
            (.streamEnded(isReusable: true), .close, .streaming),
        ])
        run([(.refused, .nothing, .lingering), (.retire(hasUnread: true), .nothing, .lingering)])
    }

    @Test func stops() {
        run([(.stop, .close, .idle)])
        run([(.requestBegan, .nothing, .receiving), (.stop, .refuse(.stopping), .receiving)])
        run([
            (.requestBegan, .nothing, .receiving), (.requestWhole, .answer, .answering), (.drain, .nothing, .answering),
            (.stop, .cancel, .answering), (.answerReady(streams: false), .nothing, .writing),
            (.stop, .nothing, .writing), (.answerWritten, .close, .idle),
        ])
        run([
            (.requestBegan, .nothing, .receiving), (.requestWhole, .answer, .answering),
            (.answerReady(streams: true), .nothing, .streaming), (.stop, .cancel, .streaming),
            (.streamEnded(isReusable: true), .close, .streaming),
        ])
        run([(.refused, .nothing, .lingering), (.stop, .close, .lingering)])
        run([(.closed, .nothing, .closed), (.stop, .nothing, .closed)])
    }

    @Test func timeRunsOut() {
        run([
            (.requestBegan, .nothing, .receiving), (.deadline, .refuseAsTooSlow, .receiving),
            (.refused, .nothing, .lingering), (.deadline, .close, .lingering),
        ])
        run([
            (.requestBegan, .nothing, .receiving), (.requestWhole, .answer, .answering),
            (.deadline, .nothing, .answering),
            (.cut, .close, .answering), (.closed, .nothing, .closed),
            (.answerReady(streams: false), .close, .closed),
        ])
    }
}

import ControllerService
import HTTPTypes
import HummingbirdCore
import ReleaseDecisions
import StructuredText
import TimeAndChance
import TrainModel

extension Call {
    private static let chatText_bytes_max = 4_096
    /// What the log calls a word from a chat that was not taken.
    private static let chatAct = "chat"

    /// A signed `{"user", "text"}`: a vote or a decision in the name of the operator that the user is.
    static func chat(_ call: Call) async throws -> Response {
        let bytes = try await call.bodyBytes(bytes_max: smallBody_bytes_max)
        let door = try call.admittingDoor(bytes)
        let message = try call.read(bytes) { ChatMessage($0, text_bytes_max: chatText_bytes_max) }
        guard let person = door.person(message.user) else {
            throw call.refusal(of: nil, message.user, .unknownChatUser)
        }
        guard person.roles.contains(.approver) else {
            throw call.refusal(of: person.name, message.user, .chatUserLacksRole(person.name))
        }
        guard let word = ChatWord(message.text) else {
            throw APIError.malformed("this is nothing that can be done from a chat", remedy: ChatWord.form)
        }
        guard let view = try await call.controller.release(word.release)?.view else {
            throw APIError.noSuchRelease(word.release.text)
        }
        guard view.releaseDigest.hex.hasPrefix(word.digestPrefix) else {
            throw APIError(Refusal(.decidedOnOtherDigest, "\(word.release) is \(view.releaseDigest.prefix) by now"))
        }
        return answer(try await call.controller.perform(word.command(on: view), by: person.actor).get())
    }

    /// The same answer for a missing, wrong, old and repeated signature, and where no chat is configured.
    private func admittingDoor(_ bytes: [UInt8]) throws(APIError) -> ChatDoor {
        let now = WallClock.now()
        func header(_ name: String) -> String { HTTPField.Name(name).flatMap { request.headers[$0] } ?? "" }
        if let chat,
            chat.admits(
                bytes,
                timestamp: header("Wavetrain-Timestamp"),
                signature: header("Wavetrain-Signature"),
                at: now
            )
        {
            return chat
        }
        if chat?.mayRecord(at: now) == true { throw refusal(of: nil, "", .badSignature) }
        throw .badSignature
    }

    private func refusal(of name: PersonName?, _ subject: String, _ error: APIError) -> APIError {
        controller.record(Refused(act: Self.chatAct, subject: subject, code: error.code), of: name)
        return error
    }
}

/// `{"user", "text"}`
private struct ChatMessage {
    /// As the chat system names its users.
    let user: String
    let text: String

    init?(_ fields: Fields, text_bytes_max: Int) {
        let user = fields.required("user", .words(bytes_max: 128))
        let text = fields.required("text", .words(bytes_max: text_bytes_max))
        guard let user, let text else { return nil }
        (self.user, self.text) = (user, text)
    }
}

extension APIError {
    fileprivate static let badSignature = APIError(
        .unauthorized,
        "bad_signature",
        "the request is not signed as a chat's must be, or not just now, or was here before",
        remedy: "docs/api.md says how a chat signs what it sends"
    )

    fileprivate static let unknownChatUser = APIError(
        .forbidden,
        "unknown_chat_user",
        "nobody here is this user of the chat",
        remedy: "the operator's entry in the controller's configuration needs the key \"chat\" with the user's id"
    )

    fileprivate static func chatUserLacksRole(_ name: PersonName) -> APIError {
        APIError(
            .forbidden,
            "lacking_role",
            "what is said in a chat needs the role approver, which \(name) does not have"
        )
    }
}

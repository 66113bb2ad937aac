import Cryptography
import TimeAndChance
import TrainModel

/// A notice as mail. Whatever people wrote is encoded, so that none of it can become a header, a recipient or a line of
/// the protocol.
struct MailMessage {
    /// Of the subject's text, before it is encoded.
    static let subjectCharacters_max = 120

    let notice: Notice
    let cluster: ClusterName
    let from: String
    let to: [String]

    var bytes: [UInt8] {
        let headers = [
            "Date: \(notice.at.mailText)", "From: <\(from)>",
            "To: \(to.map { "<\($0)>" }.joined(separator: ",\r\n "))", "Subject: \(Self.encodedWords(subject))",
            // The same for every attempt, so that a mail program shows a notice that came twice once.
            "Message-ID: <wavetrain.\(cluster).\(notice.id)@\(domain)>", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
            "Auto-Submitted: auto-generated", "X-Wavetrain-Kind: \(notice.kind.rawValue)",
        ]
        let body = notice.sentence + "\n\n-- \nwavetrain, cluster \(cluster)\n"
        return Array(
            (headers.joined(separator: "\r\n") + "\r\n\r\n" + Self.lines(Base64.standard.encode(body.utf8))).utf8
        )
    }

    private var subject: String {
        let about = notice.release?.text ?? notice.subject
        let line = notice.sentence.prefix { !$0.isNewline }
        return String("[\(cluster)] \(notice.kind.rawValue) \(about): \(line)".prefix(Self.subjectCharacters_max))
    }

    private var domain: Substring { from.split(separator: "@").last ?? "localhost" }

    /// RFC 2047: words of at most 75 characters, each of whole characters of UTF-8.
    static func encodedWords(_ text: String) -> String {
        var words: [String] = []
        var piece: [UInt8] = []
        func end() {
            if !piece.isEmpty { words.append("=?utf-8?B?\(Base64.standard.encode(piece))?=") }
            piece = []
        }
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            // 45 bytes are 60 characters of base64.
            if piece.count + bytes.count > 45 { end() }
            piece += bytes
        }
        end()
        return words.joined(separator: "\r\n ")
    }

    /// Lines of 76 characters, the last one ended too.
    private static func lines(_ base64: String) -> String {
        var text = ""
        var rest = base64[...]
        while !rest.isEmpty {
            text += rest.prefix(76) + "\r\n"
            rest = rest.dropFirst(76)
        }
        return text
    }
}

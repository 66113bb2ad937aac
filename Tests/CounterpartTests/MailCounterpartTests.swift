import Foundation
import Glibc
import HTTPCalls
import Notifications
import Outside
import TestSupport
import Testing
import TimeAndChance
import TrainModel

/// aiosmtpd on the other side; what it took is read back by Python's own mail parser.
@Suite(.timeLimit(.minutes(2))) struct MailCounterpartTests {
    private struct Taken: Decodable {
        let from: String
        let to: [String]
        let message: String
        let tls: Bool
    }

    private func server(in folder: Scratch, _ more: String...) throws -> Counterpart {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("mail_server.py").path
        return try Counterpart(
            PythonPrograms.path("python3"),
            [script, folder.path] + more,
            in: folder,
            listensWith: "listening on ",
            package: PythonPrograms.package
        )
    }

    /// Of the server, signed by itself.
    private func certificate(in folder: Scratch) throws -> (key: String, certificate: String) {
        let (key, certificate) = ("\(folder.path)/key.pem", "\(folder.path)/cert.pem")
        let openssl = ForeignProcess()
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        return (key, certificate)
    }

    private func carrier(
        _ port: Int,
        to: [String] = ["ana@example.com", "bo@example.com"],
        _ protection: MailCall.Protection = .none,
        password: SecretText? = nil,
        trusting authorities: String? = nil
    ) throws -> NoticeCarrier {
        let box = MailBox(
            host: "127.0.0.1",
            port: port,
            protection: protection,
            user: password.map { _ in "ana" },
            password: password,
            authorityFile: authorities,
            from: "wavetrain@example.com",
            to: to
        )
        let cluster = try #require(ClusterName("test"))
        return NoticeCarrier(cluster: cluster, channels: ["mail:team": .mail(box)], http: HTTPClient())
    }

    private func notice(_ sentence: String) -> Notice {
        Notice(
            id: 9,
            kind: .waiting,
            release: ReleaseID("shop-3"),
            subject: "production",
            channel: "mail:team",
            sentence: sentence,
            at: Instant(unix_ms: 1_795_165_205_000)
        )
    }

    private func taken(_ number: Int, in folder: Scratch) throws -> Taken {
        try JSONDecoder().decode(Taken.self, from: Data(folder.read("message-\(number).json").utf8))
    }

    /// Subject and text as Python's parser understands them.
    private func parsed(_ message: String) throws -> (headers: [String], text: String) {
        let command = [
            PythonPrograms.path("python3"), "-c",
            """
            import email, email.policy, json, sys
            m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
            print(json.dumps([[f"{k}: {v}" for k, v in m.items()], m.get_content()]))
            """,
        ]
        let printed = try ForeignProcess.output(of: command, given: message)
        let parts = try #require(try JSONSerialization.jsonObject(with: printed) as? [Any])
        return (try #require(parts.first as? [String]), try #require(parts.last as? String))
    }

    @Test func `a notice arrives as it was said, to everybody it is for`() async throws {
        let folder = try Scratch()
        let server = try server(in: folder)
        let sentence = "part 1 waits: ana (release on-call) approves – since 09:00\n.\n..dots\nÜbersicht 🚂"
        #expect(try await carrier(server.port).deliver(notice(sentence), within: .seconds(30)) == nil)
        let taken = try taken(1, in: folder)
        #expect(taken.from == "wavetrain@example.com")
        #expect(taken.to == ["ana@example.com", "bo@example.com"])
        let (headers, text) = try parsed(taken.message)
        #expect(
            headers.contains(
                "Subject: [test] waiting shop-3: part 1 waits: ana (release on-call) approves – since 09:00"
            )
        )
        #expect(headers.contains("Message-ID: <wavetrain.test.9@example.com>"))
        #expect(text.replacingOccurrences(of: "\r\n", with: "\n").hasPrefix(sentence))
    }

    @Test func `a hostile text adds neither recipients nor headers nor messages`() async throws {
        let folder = try Scratch()
        let server = try server(in: folder)
        let sentence = "x\r\nBcc: eve@example.com\r\n\r\n.\r\nMAIL FROM:<eve@example.com>\r\nRCPT TO:<eve@example.com>"
        #expect(try await carrier(server.port).deliver(notice(sentence), within: .seconds(30)) == nil)
        let taken = try taken(1, in: folder)
        #expect(taken.to == ["ana@example.com", "bo@example.com"])
        #expect(!(try parsed(taken.message).headers.contains { $0.lowercased().hasPrefix("bcc") }))
        #expect(throws: (any Error).self) { try self.taken(2, in: folder) }
    }

    @Test func `a recipient whom the server refuses is a failure in its words`() async throws {
        let folder = try Scratch()
        let server = try server(in: folder)
        let carrier = try carrier(server.port, to: ["ana@example.com", "x@refused.example.com"])
        let failure = try #require(await carrier.deliver(notice("late"), within: .seconds(30)))
        #expect(failure.contains("550"), "\(failure)")
        #expect(throws: (any Error).self) { try taken(1, in: folder) }
    }

    @Test func `where TLS is demanded nothing is said without it, nor to a server that nobody trusts`() async throws {
        let folder = try Scratch()
        let plain = try server(in: folder)
        let refused = try #require(
            await carrier(plain.port, .startTLS).deliver(notice("late"), within: .seconds(30))
        )
        #expect(refused.contains("offers TLS"), "\(refused)")
        let (key, certificate) = try certificate(in: folder)
        let strange = try server(in: folder, certificate, key)
        let untrusted = try #require(
            await carrier(strange.port, .startTLS).deliver(notice("late"), within: .seconds(30))
        )
        #expect(untrusted.contains("certificate"), "\(untrusted)")
        #expect(throws: (any Error).self) { try taken(1, in: folder) }
    }

    @Test func `a server of a private authority is trusted where that is named, and takes mail from who can log in`()
        async throws
    {
        let folder = try Scratch()
        let (key, certificate) = try certificate(in: folder)
        let server = try server(in: folder, certificate, key)
        let wrong = SecretText(path: try folder.write("wrong", "guess"))
        let denied = try #require(
            await carrier(server.port, .startTLS, password: wrong, trusting: certificate)
                .deliver(notice("late"), within: .seconds(30))
        )
        #expect(denied.contains("check the channel's user and password"), "\(denied)")
        let right = SecretText(path: try folder.write("right", "wavetrain"))
        let failure = try await carrier(server.port, .startTLS, password: right, trusting: certificate)
            .deliver(notice("late"), within: .seconds(30))
        #expect(failure == nil)
        #expect(try taken(1, in: folder).tls)
    }

    @Test func `where TLS is spoken from the first byte the same is demanded, and the same is delivered`() async throws
    {
        let folder = try Scratch()
        let (key, certificate) = try certificate(in: folder)
        let server = try server(in: folder, certificate, key, "smtps")
        let untrusted = try #require(await carrier(server.port, .tls).deliver(notice("late"), within: .seconds(30)))
        #expect(untrusted.contains("certificate"), "\(untrusted)")
        let plain = try self.server(in: folder)
        let unprotected = try #require(
            await carrier(plain.port, .tls, trusting: certificate).deliver(notice("late"), within: .seconds(30))
        )
        #expect(unprotected.contains("TLS"), "\(unprotected)")
        #expect(throws: (any Error).self) { try taken(1, in: folder) }
        let password = SecretText(path: try folder.write("right", "wavetrain"))
        let failure = try await carrier(server.port, .tls, password: password, trusting: certificate)
            .deliver(notice("late"), within: .seconds(30))
        #expect(failure == nil)
        #expect(try taken(1, in: folder).tls)
    }

    @Test func `a mail server that says nothing costs its time and no more`() async throws {
        let silent = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(silent) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(silent, $0, length)
                _ = listen(silent, 8)
                getsockname(silent, $0, &length)
            }
        }
        let port = Int(UInt16(bigEndian: address.sin_port))
        let failure = try await carrier(port).deliver(notice("late"), within: .milliseconds(300))
        #expect(failure?.contains("check that the mail server answers") == true, "\(failure ?? "delivered")")
        let carrier = try carrier(port)
        let task = Task { await carrier.deliver(notice("late"), within: .seconds(60)) }
        task.cancel()
        #expect(await task.value != nil)
    }
}

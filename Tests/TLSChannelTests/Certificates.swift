import Foundation
import TLSChannel
import TestSupport

/// Throwaway P-256 certificates, made once per test run by the openssl command and removed when the process ends.
struct Certificates: Sendable {
    static let shared = Certificates()

    let folder: String

    /// The authority that both sides of most tests trust.
    static let root = "root"
    /// One that nobody trusts.
    static let otherRoot = "other-root"
    /// The names that the server's certificate carries.
    static let serverDNS = "controller.example.com"
    static let serverIP = "127.0.0.1"
    static let serverURI = "wavetrain://example/controller"
    static let clientURI = "wavetrain://example/north/host-1"

    private init() {
        folder = FileManager.default.temporaryDirectory.path + "/tls-\(UUID().uuidString)"
        removedAtExit = folder
        atexit { try? FileManager.default.removeItem(atPath: removedAtExit) }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let (status, output) = try run("/bin/sh", ["-c", Self.script], in: folder)
            precondition(status == 0, "the openssl command made no certificates:\n\(output)")
        } catch {
            preconditionFailure("no certificates for the tests: \(error)")
        }
    }

    func path(_ name: String, _ kind: String = "pem") -> String { "\(folder)/\(name).\(kind)" }

    func pem(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func identity(_ name: String) throws -> TLSIdentity {
        TLSIdentity(
            certificateChainPEM: try pem(name),
            privateKeyPEM: try String(contentsOfFile: path(name, "key"), encoding: .utf8)
        )
    }

    private static let script = """
        set -e
        key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
        root() {
            key $1
            openssl req -x509 -new -key $1.key -subj /CN=$1 -days 30 -out $1.pem \
                -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
        }
        : > index
        printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\nnew_certs_dir=.\\nrand_serial=yes\\ndefault_md=sha256\\n' > ca.cnf
        printf 'policy=p\\nunique_subject=no\\n[p]\\ncommonName=supplied\\n' >> ca.cnf
        # issue NAME ISSUER EXTENSIONS [START END]
        issue() {
            key $1
            openssl req -new -key $1.key -subj /CN=$1 -out $1.csr
            printf "$3\\nsubjectKeyIdentifier=hash\\nauthorityKeyIdentifier=keyid\\n" > $1.ext
            dates='-days 30'
            if [ $# = 5 ]; then dates="-startdate $4 -enddate $5"; fi
            openssl ca -batch -notext -config ca.cnf -in $1.csr -cert $2.pem -keyfile $2.key -extfile $1.ext \
                $dates -out $1.pem
        }
        usage=extendedKeyUsage
        client=subjectAltName=URI:\(clientURI)
        server=subjectAltName=DNS:\(serverDNS),IP:\(serverIP),URI:\(serverURI)
        ca='basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,keyCertSign'

        root root
        root other-root
        issue server root "$server\\n$usage=serverAuth"
        issue server-renewed root "$server\\n$usage=serverAuth"
        issue server-of-other-root other-root "$server\\n$usage=serverAuth"
        issue server-with-client-usage root "$server\\n$usage=clientAuth"
        issue server-of-another-name root "subjectAltName=DNS:elsewhere.example.com,URI:\(serverURI)/x\\n$usage=serverAuth"
        issue client root "$client\\n$usage=clientAuth"
        issue client-of-other-root other-root "$client\\n$usage=clientAuth"
        issue client-expired root "$client\\n$usage=clientAuth" 20200101000000Z 20210101000000Z
        issue client-of-the-future root "$client\\n$usage=clientAuth" 20990101000000Z 20991231000000Z
        issue client-with-server-usage root "$client\\n$usage=serverAuth"
        issue client-with-any-usage root "$client\\n$usage=anyExtendedKeyUsage"
        issue client-without-usage root "$client"
        issue middle-1 root "$ca"
        issue middle-2 middle-1 "$ca"
        issue middle-3 middle-2 "$ca"
        issue client-at-depth-3 middle-2 "$client\\n$usage=clientAuth"
        issue client-at-depth-4 middle-3 "$client\\n$usage=clientAuth"
        cat middle-2.pem middle-1.pem >> client-at-depth-3.pem
        cat middle-3.pem middle-2.pem middle-1.pem >> client-at-depth-4.pem
        """
}

/// For the C function that atexit calls, which can capture nothing. Written once, before it is registered.
nonisolated(unsafe) private var removedAtExit = ""

/// Runs a command to its end.
func run(_ path: String, _ arguments: [String], in folder: String? = nil) throws -> (status: Int32, output: String) {
    let process = ForeignProcess()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
}

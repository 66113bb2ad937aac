import FoundationEssentials
import NIOCore
import SwiftProtobuf
import TrainModel
import WireMessages

extension EnrolRequest {
    init(frame: [UInt8]) throws(LinkError) {
        let wire: Wavetrain_V1_EnrolRequest = try Frame.decode(frame, "enrol_request")
        self = try Field.message("enrol_request") { () throws(LinkError) in
            EnrolRequest(
                secret: try Field.secret(wire.secret),
                host: try Field.name(wire.host, "host"),
                certificateRequest: try Field.bytes(
                    wire.certificateRequest,
                    bytes_max: Bounds.certificateRequestBytes_max,
                    "certificate_request"
                )
            )
        }
    }

    func frame() throws(LinkError) -> ByteBuffer {
        let wire = Wavetrain_V1_EnrolRequest.with {
            $0.secret = Data(secret)
            $0.host = host.text
            $0.certificateRequest = Data(certificateRequest)
        }
        return try Frame.encode(wire, limit: .introduction)
    }
}

extension EnrolAnswer {
    init(frame: [UInt8]) throws(LinkError) {
        let wire: Wavetrain_V1_EnrolAnswer = try Frame.decode(frame, "enrol_answer")
        switch wire.kind {
        case .enrolled(let enrolled):
            self = .enrolled(try Field.message("enrolled") { () throws(LinkError) in try Enrolled(enrolled) })
        case .refused(let refused):
            self = .refused(try Field.message("refused") { () throws(LinkError) in try Farewell(refused) })
        case nil: throw .missing("enrol_answer.kind")
        }
    }

    func frame() throws(LinkError) -> ByteBuffer {
        let wire = Wavetrain_V1_EnrolAnswer.with {
            switch self {
            case .enrolled(let enrolled):
                $0.enrolled.cluster = enrolled.cluster.text
                $0.enrolled.region = enrolled.region.text
                $0.enrolled.certificateChain = enrolled.certificateChainPEM
                $0.enrolled.authority = enrolled.authorityPEM
                $0.enrolled.orderKeys = enrolled.orderKeysPEM
            case .refused(let farewell): $0.refused = Wavetrain_V1_Farewell(farewell)
            }
        }
        return try Frame.encode(wire, limit: .enrolAnswer)
    }
}

extension Enrolled {
    fileprivate init(_ wire: Wavetrain_V1_Enrolled) throws(LinkError) {
        guard !wire.orderKeys.isEmpty else { throw .missing("order_keys") }
        self.init(
            cluster: try Field.name(wire.cluster, "cluster"),
            region: try Field.name(wire.region, "region"),
            certificateChainPEM: try Field.requiredText(
                wire.certificateChain,
                bytes_max: Bounds.certificateChainBytes_max,
                "certificate_chain"
            ),
            authorityPEM: try Field.requiredText(
                wire.authority,
                bytes_max: Bounds.certificateChainBytes_max,
                "authority"
            ),
            orderKeysPEM: try Field.list(wire.orderKeys, count_max: Bounds.orderKeys_max, "order_keys") {
                (key) throws(LinkError) in try Field.requiredText(key, bytes_max: Bounds.orderKeyBytes_max, "")
            }
        )
    }
}

extension Field {
    static func secret(_ bytes: Data) throws(LinkError) -> [UInt8] {
        guard !bytes.isEmpty else { throw .missing("secret") }
        guard bytes.count == Bounds.secretBytes else {
            throw .invalid("secret", "A join token's secret has \(Bounds.secretBytes) bytes.")
        }
        return [UInt8](bytes)
    }
}

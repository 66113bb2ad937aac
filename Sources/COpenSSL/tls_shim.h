#ifndef WAVETRAIN_TLS_SHIM_H
#define WAVETRAIN_TLS_SHIM_H
// The macros of libssl that TLSChannel needs, as functions.
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

/// What holds for every context, whichever side: TLS 1.3 only, no resumption of any kind, no early data, no
/// renegotiation, no compression, and buffers given back between records. 1 on success, 0 on failure.
static inline int wavetrain_tls_restrict(SSL_CTX *context, int intermediates_max, size_t certificates_bytes_max) {
    // An end of the stream without close_notify has to stay an error.
    SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_options(
        context,
        SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE
    );
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_verify_depth(context, intermediates_max);
    SSL_CTX_set_max_cert_list(context, (long)certificates_bytes_max);
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1
        && SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1
        && SSL_CTX_set_num_tickets(context, 0) == 1
        && SSL_CTX_set_max_early_data(context, 0) == 1
        && SSL_CTX_set_recv_max_early_data(context, 0) == 1
        && SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1
        && SSL_CTX_set_ciphersuites(
               context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
           ) == 1;
}

/// Adds a certificate to the chain that is sent behind the own one; the context takes its own reference.
static inline int wavetrain_tls_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

/// The name that the client asks for in the clear (SNI).
static inline int wavetrain_tls_set_sni(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

/// 1 when one of the certificate's subject alternative names is exactly this URI, otherwise 0.
static inline int wavetrain_tls_has_uri(X509 *certificate, const char *uri, size_t uri_bytes) {
    GENERAL_NAMES *names = (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    if (names == NULL) return 0;
    int found = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI) continue;
        const ASN1_IA5STRING *text = name->d.uniformResourceIdentifier;
        found = (size_t)ASN1_STRING_length(text) == uri_bytes && memcmp(ASN1_STRING_get0_data(text), uri, uri_bytes) == 0;
    }
    GENERAL_NAMES_free(names);
    return found;
}
#endif

#ifndef WAVETRAIN_COPENSSL_SHIM_H
#define WAVETRAIN_COPENSSL_SHIM_H
// What Swift cannot import of libssl and libcrypto: macros and variadic functions. Version differences live here, so
// that no Swift file asks for OPENSSL_VERSION_NUMBER. Names begin with `wavetrain_`.
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include "tls_shim.h"
#endif

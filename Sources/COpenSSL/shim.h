// Signatures that libsodium does not know, by OpenSSL's libcrypto. Swift cannot call the macros and the builders of parameters.
#ifndef MODELPLEX_COPENSSL_H
#define MODELPLEX_COPENSSL_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stddef.h>

static inline EVP_PKEY *plex_make_key(const char *type, OSSL_PARAM_BLD *builder) {
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  EVP_PKEY *key = NULL;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context) <= 0 ||
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
    key = NULL;
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  return key;
}

static inline int plex_verify_sha256(EVP_PKEY *key, const unsigned char *signature, size_t signature_size,
                                     const unsigned char *message, size_t message_size) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int is_good = key && context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerify(context, signature, signature_size, message, message_size) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return is_good;
}

// PKCS #1 v1.5 with SHA-256.
static inline int plex_verify_rs256(const unsigned char *modulus, size_t modulus_size, const unsigned char *exponent,
                                    size_t exponent_size, const unsigned char *signature, size_t signature_size,
                                    const unsigned char *message, size_t message_size) {
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  BIGNUM *n = BN_bin2bn(modulus, (int)modulus_size, NULL), *e = BN_bin2bn(exponent, (int)exponent_size, NULL);
  EVP_PKEY *key = NULL;
  if (builder && n && e && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e))
    key = plex_make_key("RSA", builder);
  OSSL_PARAM_BLD_free(builder);
  BN_free(n);
  BN_free(e);
  return plex_verify_sha256(key, signature, signature_size, message, message_size);
}

// ECDSA on P-256 with SHA-256; the point is 65 bytes, the signature 64.
static inline int plex_verify_es256(const unsigned char *point, const unsigned char *signature,
                                    const unsigned char *message, size_t message_size) {
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  EVP_PKEY *key = NULL;
  if (builder && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) &&
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 65))
    key = plex_make_key("EC", builder);
  OSSL_PARAM_BLD_free(builder);
  ECDSA_SIG *pair = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(signature, 32, NULL), *s = BN_bin2bn(signature + 32, 32, NULL);
  unsigned char *encoded = NULL;
  int size = -1;
  if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
    r = s = NULL;
    size = i2d_ECDSA_SIG(pair, &encoded);
  }
  BN_free(r);
  BN_free(s);
  ECDSA_SIG_free(pair);
  int is_good = 0;
  if (size > 0)
    is_good = plex_verify_sha256(key, encoded, (size_t)size, message, message_size);
  else
    EVP_PKEY_free(key);
  OPENSSL_free(encoded);
  return is_good;
}

#endif

/* Decides how digests are computed and compared. */
#include "common/key_private.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>

static void digest(const EVP_MD *md, const void *data, size_t len, unsigned char *out)
{
    BUG_ON(EVP_Digest(len ? data : "", len, out, NULL, md, NULL) != 1);
}

void base_sha256(const void *data, size_t len, unsigned char out[32])
{
    digest(EVP_sha256(), data, len, out);
}

void base_sha1(const void *data, size_t len, unsigned char out[20])
{
    digest(EVP_sha1(), data, len, out);
}

void base_md5(const void *data, size_t len, unsigned char out[16])
{
    digest(EVP_md5(), data, len, out);
}

void base_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                      unsigned char out[32])
{
    unsigned size = 32;
    const unsigned char *text = len ? data : (const unsigned char *)"";

    BUG_ON(key_len > INT32_MAX);
    BUG_ON(!HMAC(EVP_sha256(), key_len ? key : "", (int)key_len, text, len, out, &size));
}

bool base_equal_constant_time(const void *a, const void *b, size_t len)
{
    return len == 0 || CRYPTO_memcmp(a, b, len) == 0;
}

enum base_status base_openssl_error(struct base_error *err, enum base_status status,
                                    const char *code, const char *what)
{
    char reason[256] = "no reason given";
    unsigned long number = ERR_peek_last_error();

    if (number && ERR_reason_error_string(number))
        ERR_error_string_n(number, reason, sizeof reason);
    ERR_clear_error();
    return base_error_set(err, status, code, "%s (%s)", what, reason);
}

/* kit/pki.h: the world's certificate authority: made on first start, kept in {state}/pki.
 * Thread-safe. */
#ifndef KIT_PKI_H
#define KIT_PKI_H

#include "simulators/kit/world.h"
#include "common/crypto.h"

const char *sim_ca_pem(sim_world_t *world); /* the CA certificate; borrowed for the world's life */
/* A new P-256 key with a certificate of this CA: dns_names NULL-terminated (names or IP addresses);
 * client: may be used by a TLS client. */
base_key_t *sim_pki_issue(sim_world_t *world, const char *common_name, const char *const *dns_names,
                          bool client) BASE_MUST_USE;
/* A base_tls_certificate callback (context: the world): leaf certificates by SNI, made when first
 * asked for; names that no host of the world serves are refused, localhost and 127.0.0.1 are
 * served. */
bool sim_pki_certificate(void *world, const char *name, const char **chain_pem,
                         const char **key_pem);

#endif

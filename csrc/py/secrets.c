/* secrets.c: names of fields whose values a repr replaces by stars. Owns
 * nothing. */
#include "secrets.h"

#include <stddef.h>
#include <string.h>

int
ckpy_secrets_is_secret(const char *field_name)
{
    static const char *const names[] = {
        "access_token",  "api_key",         "backup_codes",  "bearer_auth",
        "client_secret", "expired_token",   "id_token",      "jwt",
        "password",      "password_digest", "refresh_token", "secret",
        "secret_key",    "signing_key",     "token",         "token_secret",
        "totp_secret"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], field_name) == 0)
            return 1;
    return 0;
}

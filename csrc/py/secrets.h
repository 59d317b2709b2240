/* secrets.h: which fields never show their value in a repr. */
#ifndef CKPY_SECRETS_H
#define CKPY_SECRETS_H

int ckpy_secrets_is_secret(const char *field_name);

#endif

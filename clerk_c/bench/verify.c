/* verify.c: one RSA signature checked in plain C, on libcrypto: what verifying
 * a token cannot cost less than. Compiled by clerk_c.bench.floor.
 *
 *     verify PUBLIC_PEM TOKENS_FILE
 *
 * Answers "run CASE COUNT" lines like clerk_c.bench.worker. The key is loaded
 * and the signatures are decoded beforehand; everything ends with the process.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TOKENS = 64, TOKEN_MAX = 8192, SIGNATURE_MAX = 1024 };

struct token {
    char signing[TOKEN_MAX];
    size_t len;
    unsigned char signature[SIGNATURE_MAX];
    size_t signature_len;
};

static struct token tokens[TOKENS];

static void
must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "verify: %s\n", what);
        exit(1);
    }
}

/* Splits a line into what was signed and the signature. */
static void
take_token(struct token *token, const char *line)
{
    const char *last = strrchr(line, '.');
    unsigned char padded[SIGNATURE_MAX];
    size_t len, i;
    int got;

    must(last != NULL, "a line is no token");
    len = strcspn(last + 1, "\r\n");
    must(len > 0 && len + 4 < sizeof padded, "a signature is too long");
    for (i = 0; i < len; i++)
        padded[i] = last[1 + i] == '-'   ? '+'
                    : last[1 + i] == '_' ? '/'
                                         : (unsigned char)last[1 + i];
    for (token->signature_len = len * 3 / 4; i % 4 != 0; i++)
        padded[i] = '=';
    got = EVP_DecodeBlock(token->signature, padded, (int)i);
    must(got >= (int)token->signature_len, "a signature is no base64url");
    token->len = (size_t)(last - line);
    memcpy(token->signing, line, token->len);
}

static EVP_PKEY *
read_key(const char *path)
{
    FILE *file = fopen(path, "r");
    EVP_PKEY *key;

    must(file != NULL, "no file with the key");
    key = PEM_read_PUBKEY(file, NULL, NULL, NULL);
    must(key != NULL, "no public key");
    (void)fclose(file);
    return key;
}

static int
read_tokens(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[TOKEN_MAX];
    int count = 0;

    must(file != NULL, "no file of tokens");
    while (count < TOKENS && fgets(line, sizeof line, file) != NULL)
        take_token(&tokens[count++], line);
    (void)fclose(file);
    must(count > 0, "no tokens");
    return count;
}

static void
verify(EVP_MD_CTX *context, EVP_PKEY *key, const struct token *token)
{
    must(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
             EVP_DigestVerify(context, token->signature, token->signature_len,
                              (const unsigned char *)token->signing,
                              token->len) == 1,
         "a signature is wrong");
    (void)EVP_MD_CTX_reset(context);
}

static double
clock_us(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int
main(int argc, char **argv)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    char command[8], name[32];
    EVP_PKEY *key;
    long count, i;
    int known;

    must(argc == 3 && context != NULL, "two arguments, please");
    key = read_key(argv[1]);
    known = read_tokens(argv[2]);
    printf("\"ready\"\n");
    fflush(stdout);
    while (scanf("%7s %31s %ld", command, name, &count) == 3) {
        double wall = clock_us(CLOCK_MONOTONIC);
        double cpu = clock_us(CLOCK_PROCESS_CPUTIME_ID);

        for (i = 0; i < count; i++)
            verify(context, key, &tokens[i % known]);
        wall = clock_us(CLOCK_MONOTONIC) - wall;
        cpu = clock_us(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        printf("{\"wall\": %.3f, \"cpu\": %.3f}\n", wall / (double)count,
               cpu / (double)count);
        fflush(stdout);
    }
    return 0;
}

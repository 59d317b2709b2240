/* status.c: formats the message of a failure into the caller's ck_error.
 * Owns nothing. */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>

enum ck_status
ck_fail(struct ck_error *error, enum ck_status status, const char *format, ...)
{
    va_list args;

    if (error == NULL)
        return status;
    error->status = status;
    error->detail = 0;
    error->offset = 0;
    va_start(args, format);
    (void)vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    return status;
}

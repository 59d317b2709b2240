/* decimal.h: from the text of a number to the nearest double, whatever the C
 * locale. Owns nothing. */
#ifndef CK_DECIMAL_H
#define CK_DECIMAL_H

#include <stddef.h>

/* text[0..len) must be a number as JSON writes it (leading zeros are taken
 * as well). Correctly rounded; beyond the range it is an infinity or a zero
 * of the number's sign. */
double ck_decimal_read(const char *text, size_t len);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Compiler attributes under names of our own, so that the code itself stays C17. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
/* Only where it has been measured. */
#define ALWAYS_INLINE inline __attribute__((always_inline))
/* What is rare, kept out of what is hot: its registers and its stack. */
#define NEVER_INLINE __attribute__((noinline))
#define UNUSED __attribute__((unused))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif

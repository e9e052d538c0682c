/* SPDX-License-Identifier: Apache-2.0 */
/* Checked arithmetic under the names that C23 gives it (<stdckdint.h>): true means the result did not fit.
 * Every sum or product over a number that evidence or a rule file chose goes through these. */
#ifndef BASE_CKD_H
#define BASE_CKD_H

#define ckd_add(result, a, b) __builtin_add_overflow((a), (b), (result))
#define ckd_sub(result, a, b) __builtin_sub_overflow((a), (b), (result))
#define ckd_mul(result, a, b) __builtin_mul_overflow((a), (b), (result))

#endif

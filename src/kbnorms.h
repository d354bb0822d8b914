/*-------------------------------------------------------------------------
 *
 * kbnorms.h
 *	  What the parts of kbnorms share with each other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KBNORMS_H
#define KBNORMS_H

#include "utils/date.h"

/* calendar.c: the company's day */
extern void CalendarInit(void);
extern DateADT kb_today(void);

/* tenure.c: months of service (policy: tenure and status) */

/* A novice becomes experienced after so many full months (policy: section 2). */
#define KB_NOVICE_MONTHS 6

extern DateADT kb_add_months(DateADT date, int n);
extern int	kb_months_served(DateADT novice_since, bool is_null, DateADT on_date);

/* messages.c: what is said, in the language of the session */
extern const char *kb_text_domain(void);

/* ereport, and here also _(), look into the catalog of kbnorms. */
#undef TEXTDOMAIN
#define TEXTDOMAIN kb_text_domain()
#undef _
#define _(x) dgettext(TEXTDOMAIN, x)

#endif							/* KBNORMS_H */

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
extern DateADT kb_add_months(DateADT date, int n);

/* A novice becomes experienced after so many full months (policy: section 2). */
#define KB_NOVICE_MONTHS 6

extern int	kb_months_served(DateADT novice_since, bool is_null, DateADT on_date);

#endif							/* KBNORMS_H */

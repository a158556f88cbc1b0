/* What the time of the jobs and of the whole run goes into, as charts. */
#pragma once

#include "dom0/report/pageparts.h"

void page_put_timings(const struct page *page); /* what the time of each job goes into */
void page_put_phases(const struct page *page);  /* of the whole run */

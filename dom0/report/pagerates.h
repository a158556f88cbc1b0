/* Speeds: of one GPU in one run or several, and of the GPUs of a run beside each other. */
#pragma once

#include "dom0/report/pageparts.h"

void page_put_behind(const struct page *page); /* which GPUs are slower than their peers, if any */
void page_put_peers(const struct page *page);  /* the GPUs of each job beside each other */
void page_put_rates(const struct page *page);  /* of jobs that ran on one GPU */

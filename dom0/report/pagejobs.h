/* The jobs of the runs on the page: what they are, and charts and tables of them. */
#pragma once

#include "dom0/report/pageparts.h"

/* Fills in page->jobs, page->groups and page->index; page_drop_jobs releases them. */
void page_list_jobs(struct page *page);
void page_drop_jobs(struct page *page);

void page_put_jobs(const struct page *page);    /* status, whole time */
void page_put_numbers(const struct page *page); /* all of them, as tables */

# What PGXS needs to build and install the message catalogs of po/.
CATALOG_NAME = kbnorms
AVAIL_LANGUAGES = $(shell cat $(srcdir)/po/LINGUAS)
# SQL is no language of xgettext: po/sql-messages.c is its texts in C.
GETTEXT_FILES = $(sort $(wildcard src/*.c)) po/sql-messages.c
GETTEXT_TRIGGERS = $(BACKEND_COMMON_GETTEXT_TRIGGERS) gettext_noop \
	GUC_check_errdetail in_words:2 dngettext:2,3 translated
GETTEXT_FLAGS = $(BACKEND_COMMON_GETTEXT_FLAGS) \
	GUC_check_errdetail:1:c-format translated:1:c-format

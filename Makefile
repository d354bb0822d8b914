# kbnorms: PGXS build plus the targets a user needs.
#
#   make, make install, make installcheck    as every extension; need pg_config
#   make demo, test, fuzz, bench, dashboard, lint, indent, dictionary
#                                           install what they need themselves;
#                                           ARGS='...' are theirs, see scripts/

EXTENSION = kbnorms
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" kbnorms.control)
MODULE_big = kbnorms
SRCS = $(sort $(wildcard src/*.c))
OBJS = $(SRCS:.c=.o)

# The install script in order: what is made once, then functions; what a client
# base is made of is one function more.  An upgrade is written from the same parts.
TYPE_PARTS = schema enums inn month types
SQL_PARTS = messages staging calendar caller report engine client_base upgrade jobs
BASE_PARTS = dictionaries norms people waiver hold_extension binding memo facts records \
	seed_dictionaries seed_norms triggers \
	holding manager_at profile_at base_figures check compliance norm_impact move_impact scorecard blacklist \
	unit_scorecard head_scorecard trend close_month \
	loading import feeds \
	unbind forecast jobs job_status upkeep change_log candidates violation current_binding handover alerts undo memo_workflow waiver_workflow extension_workflow merge units archive \
	verify_log log_seal verify_merged verify_memos verify_guards verify norm_check rule_status access
SCRIPT = kbnorms--$(EXTVERSION).sql
# The version before this one.  What has been released stays in released/ as it was.
LAST_RELEASE = 0.1.0
UPGRADE = kbnorms--$(LAST_RELEASE)--$(EXTVERSION).sql

DATA = $(wildcard released/*.sql)
DATA_built = $(SCRIPT) $(UPGRADE)
EXTRA_CLEAN = $(DATA_built) po/sql-messages.c
PG_CPPFLAGS = -I$(srcdir)/src -DKB_PKGLIBDIR='"$(pkglibdir)"' -DKB_LOCALEDIR='"$(localedir)"'
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -Wno-cast-function-type

REGRESS = $(basename $(notdir $(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=kbnorms

all:

# Without PostgreSQL's development files there is no PGXS yet: then only the
# targets below work, which install them.
PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
else
all install installcheck:
	@echo "kbnorms: PGXS was not found; install PostgreSQL's development files or name them with PG_CONFIG=" >&2
	@exit 1
endif

$(OBJS): $(wildcard src/*.h)

SQL_SOURCES = $(wildcard src/sql/*.sql src/sql/base/*.sql src/sql/upgrade/*.sql)

$(SCRIPT): Makefile kbnorms.control $(SQL_SOURCES) scripts/install-script.sh
	scripts/install-script.sh install "$(TYPE_PARTS) $(SQL_PARTS)" "$(BASE_PARTS)" > $@.tmp && mv $@.tmp $@

$(UPGRADE): Makefile kbnorms.control $(SQL_SOURCES) scripts/install-script.sh
	scripts/install-script.sh upgrade $(LAST_RELEASE) "$(SQL_PARTS)" "$(BASE_PARTS)" > $@.tmp && mv $@.tmp $@

po/sql-messages.c: $(SQL_SOURCES) scripts/sql-messages.pl
	scripts/sql-messages.pl $(SQL_SOURCES) > $@.tmp && mv $@.tmp $@

demo test fuzz bench dashboard lint indent dictionary:
	@PG_CONFIG='$(PG_CONFIG)' scripts/$@.sh $(ARGS)

.PHONY: demo test fuzz bench dashboard lint indent dictionary

# kbnorms: PGXS build plus the targets a user needs.
#
#   make, make install, make installcheck    as every extension; need pg_config
#   make demo, test, fuzz, bench, lint, indent
#                                           install what they need themselves;
#                                           ARGS='...' are theirs, see scripts/

EXTENSION = kbnorms
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" kbnorms.control)
MODULE_big = kbnorms
SRCS = $(sort $(wildcard src/*.c))
OBJS = $(SRCS:.c=.o)

# The install script in order; what a client base is made of is one function in it.
SQL_PARTS = schema messages enums inn month calendar caller report engine client_base jobs
BASE_PARTS = dictionaries norms people binding memo facts records \
	seed_dictionaries seed_norms triggers \
	holding manager_at profile_at base_figures check compliance scorecard blacklist \
	import unbind jobs change_log candidates handover memo_workflow access
SCRIPT = kbnorms--$(EXTVERSION).sql

DATA_built = $(SCRIPT)
EXTRA_CLEAN = $(SCRIPT) po/sql-messages.c
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

$(SCRIPT): kbnorms.control $(wildcard src/sql/*.sql) $(wildcard src/sql/base/*.sql) scripts/install-script.sh
	scripts/install-script.sh "$(SQL_PARTS)" "$(BASE_PARTS)" > $@.tmp && mv $@.tmp $@

po/sql-messages.c: $(wildcard src/sql/*.sql) $(wildcard src/sql/base/*.sql) scripts/sql-messages.pl
	scripts/sql-messages.pl $(wildcard src/sql/*.sql) $(wildcard src/sql/base/*.sql) > $@.tmp && mv $@.tmp $@

demo test fuzz bench lint indent:
	@PG_CONFIG='$(PG_CONFIG)' scripts/$@.sh $(ARGS)

.PHONY: demo test fuzz bench lint indent

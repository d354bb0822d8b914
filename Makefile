# kbnorms: PGXS build plus the targets a user needs (demo, test, lint, indent).

EXTENSION = kbnorms
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" kbnorms.control)
MODULE_big = kbnorms
SRCS = $(sort $(wildcard src/*.c))
OBJS = $(SRCS:.c=.o)

# The install script in order; what a client base is made of is one function in it.
SQL_PARTS = schema enums inn month calendar engine client_base jobs
BASE_PARTS = dictionaries norms people binding memo facts records \
	seed_dictionaries seed_norms triggers \
	holding check compliance scorecard blacklist \
	import unbind jobs access
SCRIPT = kbnorms--$(EXTVERSION).sql

DATA_built = $(SCRIPT)
EXTRA_CLEAN = $(SCRIPT)
PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -Wno-cast-function-type

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): $(wildcard src/*.h)

$(SCRIPT): kbnorms.control $(wildcard src/sql/*.sql) $(wildcard src/sql/base/*.sql) scripts/install-script.sh
	scripts/install-script.sh "$(SQL_PARTS)" "$(BASE_PARTS)" > $@.tmp && mv $@.tmp $@

/*-------------------------------------------------------------------------
 *
 * messages.c
 *	  What kbnorms says, in the language of the session (lc_messages).
 *
 * Texts are written in English in the C and SQL sources and translated by
 * gettext from the catalogs that make builds of po/.  C has ereport and _();
 * SQL has translated(), a format() that translates its format first.
 *
 * The catalog is bound when the first text is asked for, not when the library
 * is loaded: the postmaster loads it too and does not know yet into which
 * encoding a backend will want its texts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <dlfcn.h>

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "kbnorms.h"

#define CATALOG PG_TEXTDOMAIN("kbnorms")

PG_FUNCTION_INFO_V1(kbnorms_translated);

#ifdef ENABLE_NLS
/*
 * Where the catalogs lie when the library is not in the server's own place but
 * was installed below some other directory (DESTDIR): below that one as well.
 */
static bool
find_staged_catalogs(char *path)
{
	Dl_info		library;
	const char *place;

	if (dladdr(kb_text_domain, &library) == 0)
		return false;
	place = strstr(library.dli_fname, KB_PKGLIBDIR "/");
	if (place == NULL || place == library.dli_fname)
		return false;
	snprintf(path, MAXPGPATH, "%.*s%s", (int) (place - library.dli_fname),
			 library.dli_fname, KB_LOCALEDIR);
	return true;
}
#endif

/* The name of the catalog, which is bound so that texts can be looked up. */
const char *
kb_text_domain(void)
{
#ifdef ENABLE_NLS
	static bool bound = false;

	if (!bound)
	{
		char		path[MAXPGPATH];

		pg_bindtextdomain(CATALOG);
		if (find_staged_catalogs(path))
			bindtextdomain(CATALOG, path);
		bound = OidIsValid(MyDatabaseId);	/* else it has no encoding yet */
	}
#endif
	return CATALOG;
}

/*
 * translated(message text, VARIADIC "any") returns text: format() of the
 * translation of message.  Stable: it depends on lc_messages.
 */
Datum
kbnorms_translated(PG_FUNCTION_ARGS)
{
	FunctionCallInfo format;
	Size		size = SizeForFunctionCallInfo(PG_NARGS());
	char	   *message;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	message = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (message[0] == '\0')		/* its translation is the catalog's header */
		PG_RETURN_TEXT_P(cstring_to_text(""));

	/* A constant argument is filled in once for many calls: leave it alone. */
	format = palloc(size);
	memcpy(format, fcinfo, size);
	format->args[0].value = CStringGetTextDatum(_(message));
	return text_format(format);
}

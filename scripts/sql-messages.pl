#!/usr/bin/perl
# Writes the messages of SQL files, what stands in translated('...'), as C for
# xgettext, which does not read SQL.
#
#   scripts/sql-messages.pl FILE ...
use strict;
use warnings;

my $failed = 0;

foreach my $file (@ARGV)
{
	open my $handle, '<', $file or die "$file: $!\n";
	local $/;
	my $sql = <$handle>;

	while ($sql =~ /\btranslated\((?:'((?:[^']|'')*)')?/g)
	{
		my $message = $1;
		my $line = 1 + (substr($sql, 0, $-[0]) =~ tr/\n//);

		if (!defined $message)
		{
			next if substr($sql, $+[0]) =~ /^(?:message )?text/;    # its own definition
			warn "$file:$line: translated() wants a text to be found in the source\n";
			$failed = 1;
			next;
		}
		$message =~ s/''/'/g;
		$message =~ s/%%/%/g if $message =~ /%%s/;    # within the text of a query that is formatted itself
		if ($message =~ m{[^ -~]})
		{
			warn "$file:$line: a message is in ASCII: \"$message\"\n";
			$failed = 1;
		}
		if ($message =~ /%(?!%|(?:\d+\$)?s)/)
		{
			warn "$file:$line: of a message's places only %s can be checked: \"$message\"\n";
			$failed = 1;
		}
		$message =~ s/(["\\])/\\$1/g;
		print "#line $line \"$file\"\ntranslated(\"$message\");\n";
	}
}
exit $failed;

#!/usr/bin/perl
# Counts the tests in kept TAP output.
#
#   count-tap.pl STATUS FILE ...     prints "PASSED FAILED"
#
# A test that is skipped or "to do" counts as failed, and so does one that a
# plan promises and the output lacks.  STATUS is what prove has said: if that
# is not 0, something has failed even when no line says so.
use strict;
use warnings;

my ($status, @files) = @ARGV;
my ($passed, $failed) = (0, 0);

foreach my $file (@files)
{
	my ($planned, $seen, $good) = (undef, 0, 0);

	open my $tap, '<', $file or die "$file: $!\n";
	while (<$tap>)
	{
		$planned = $1 if /^1\.\.(\d+)/;
		next unless /^(not )?ok\b/;
		$seen++;
		$good++ unless $1 || /#\s*(skip|todo)/i;
	}
	close $tap;
	$seen = $planned if defined $planned && $planned > $seen;
	# no plan: the file has died; no test in it: it has tested nothing
	$seen++ if !defined $planned || $seen == 0;
	$passed += $good;
	$failed += $seen - $good;
}
$failed++ if $status != 0 && $failed == 0;
print "$passed $failed\n";

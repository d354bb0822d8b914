# A change of the company's clock that is seconds away, by a time zone made for
# it: its summer time begins then, and an hour is left out.
package Clock;
use strict;
use warnings;

use Exporter 'import';
our @EXPORT = qw(clock_face put_forward wait_until);

# A time of the day as text.
sub clock_face
{
	my ($seconds) = @_;

	return sprintf '%02d:%02d:%02d', $seconds / 3600, $seconds / 60 % 60, $seconds % 60;
}

# Let the clock of a node's databases show a time of the day, given as a whole
# minute, and be put forward after so many seconds; return the moment, and what
# the clock shows then in seconds of the day.
sub put_forward
{
	my ($node, $shown, $seconds) = @_;
	my $now = time;
	my ($hour, $minute) = split /:/, $shown;
	my $offset = int($now / 60) % 1440 - ($hour * 60 + $minute); # in minutes: a zone's offset has no seconds
	my $local = $hour * 3600 + $minute * 60 + $now % 60;

	$offset -= 1440 if $offset > 720;
	$offset += 1440 if $offset < -720;
	my $day = (gmtime($now - $offset * 60))[7];
	$node->safe_psql('postgres', sprintf q{ALTER DATABASE postgres SET kbnorms.timezone = '<STD>%s%d:%02d<SUM>,%d/%s,%d/3'},
		$offset < 0 ? '-' : '', abs($offset) / 60, abs($offset) % 60, $day, clock_face($local + $seconds), ($day + 60) % 365);
	return ($now, $local);
}

# Wait for a moment.
sub wait_until
{
	my ($moment) = @_;

	sleep 1 while time < $moment;
	return;
}

1;

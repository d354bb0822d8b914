#!/usr/bin/perl
# Writes the messages of SQL files, what stands in translated('...'), as C for
# xgettext, which does not read SQL; refuses messages that could not be
# translated or would lack an argument.
#
#   scripts/sql-messages.pl FILE ...
use strict;
use warnings;

my $failed = 0;

# Say what is wrong at a place of a file.
sub complain
{
	my ($file, $sql, $offset, $what) = @_;
	my $line = 1 + (substr($sql, 0, $offset) =~ tr/\n//);

	warn "$file:$line: $what\n";
	$failed = 1;
}

# How many arguments follow in a call, up to its closing parenthesis.
sub count_arguments
{
	my ($rest) = @_;
	my $depth = 0;
	my $commas = 0;

	while ($rest =~ /\G(?:'[^']*'|[^'(),]|([(),]))/g)
	{
		my $mark = $1 // next;

		last if $mark eq ')' && $depth == 0;
		$depth++ if $mark eq '(';
		$depth-- if $mark eq ')';
		$commas++ if $mark eq ',' && $depth == 0;
	}
	return $commas;
}

foreach my $file (@ARGV)
{
	open my $handle, '<', $file or die "$file: $!\n";
	local $/;
	my $sql = <$handle>;

	while ($sql =~ /\btranslated\((?:'((?:[^']|'')*)')?/g)
	{
		my ($message, $start, $rest) = ($1, $-[0], substr($sql, $+[0]));

		if (!defined $message)
		{
			complain($file, $sql, $start, 'translated() wants its text written out')
			  if $rest !~ /^(?:message )?text/;    # its own definition
			next;
		}
		$message =~ s/''/'/g;
		$message =~ s/%%s/%s/g;                    # in the text of a query that is itself a format
		complain($file, $sql, $start, 'a message is in ASCII') if $message =~ /[^ -~]/;
		complain($file, $sql, $start, 'the places of a message are %s') if $message =~ /%(?!s)/;
		my $places = () = $message =~ /%s/g;
		complain($file, $sql, $start, 'as many arguments as places')
		  if count_arguments($rest) != $places;
		$message =~ s/(["\\])/\\$1/g;
		printf "#line %d \"%s\"\ntranslated(\"%s\");\n",
		  1 + (substr($sql, 0, $start) =~ tr/\n//), $file, $message;
	}
	while ($sql =~ /\b(?:RAISE (?:EXCEPTION|WARNING|NOTICE) '[^']*[a-z]|(?:MESSAGE|DETAIL|HINT) = (?:'|format\())/g)
	{
		complain($file, $sql, $-[0], 'a message is not translated');
	}
}
exit $failed;

#!/usr/bin/perl
# Checks what the documents say of the repository: links lead somewhere, files
# that are named are there, and META.json has the version of the control file.
use strict;
use warnings;
use FindBin;
use JSON::PP;
chdir "$FindBin::Bin/.." or die;

my $wrong = 0;

# Say what is wrong with a document.
sub complain
{
	print "@_\n";
	$wrong = 1;
}

# A file's text.
sub text_of
{
	my ($file) = @_;

	open my $handle, '<:raw', $file or die "$file: $!\n";
	local $/;
	return scalar <$handle>;
}

# Is there a file of this name, as a document may write it?
sub is_named
{
	my ($name) = @_;

	return grep { -e $_ } $name, "test/pgtap/$name", "src/sql/base/$name", glob "{src,test/*/specs}/$name";
}

my @documents = split /\0/, `git ls-files -z '*.md'`;
foreach my $document (@documents)
{
	my $text = text_of($document);
	my ($folder) = $document =~ m{^(.*/)?};

	while ($text =~ /\]\(([^)#\s]+)(?:#[^)]*)?\)/g)
	{
		my $link = ($folder // '') . $1;
		next if $1 =~ /^[a-z]+:/;
		complain("$document: the link to $1 leads nowhere") unless -e $link;
	}
	next unless $document =~ /^(?:README|doc)/;
	while ($text =~ /`([\w.\/-]+\.(?:sql|spec|pl|py|c|h|sh|md))`/g)
	{
		complain("$document: there is no file $1") unless is_named($1);
	}
}

my $meta = decode_json(text_of('META.json'));
my ($version) = text_of('kbnorms.control') =~ /^default_version = '(.*)'/m;
complain("META.json is of version $_, kbnorms.control of $version")
	foreach grep { $_ ne $version } $meta->{version}, $meta->{provides}{kbnorms}{version};
complain("CHANGELOG.md says nothing of $version") unless text_of('CHANGELOG.md') =~ /^## \Q$version\E\b/m;
exit $wrong;

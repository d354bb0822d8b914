-- Whoever lays out a base owns it; nobody else can do anything yet.
REVOKE ALL ON ALL ROUTINES IN SCHEMA @base@ FROM PUBLIC;

"""Meetings: lists that intergroups publish, read in, found, shown, and given on."""

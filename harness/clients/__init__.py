"""The vendors' own client libraries, unmodified, against a running lab: the fakes' wires as others read them."""

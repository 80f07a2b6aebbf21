"""What a mail address may be."""

# One bare address: no display name, no list, nothing that could start another header. Lengths by
# RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.3. SES takes ASCII local parts only; a domain in another
# script arrives in Punycode. The syntax is one that JSON Schema shares.
MAIL_ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$"

# Characters of a whole address: RFC 5321, section 4.5.3.1.3, less the angle brackets.
MAIL_ADDRESS_LENGTH = 254

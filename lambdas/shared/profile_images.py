"""Names that both functions of the profile image pipeline share: the contract's and our own."""

ORIGINAL_PREFIX = "original/"
THUMBNAIL_PREFIX = "thumbnails/"

# User metadata of an upload, without the header's "x-amz-meta-".
PROFILE_ID_METADATA = "user-profile-id"

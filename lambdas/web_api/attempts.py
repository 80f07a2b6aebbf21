"""The limits on attempts to sign in."""

from web_api.limits import Limit, Use, network_of

# Guesses at one password from one network, and from all networks together. The second is the limit
# of NIST SP 800-63B, section 3.2.2, for an hour: few networks can't shut the owner out with it.
SIGN_IN_BY_USER_AND_NETWORK = Limit("sign-in#user-network", most=10, seconds=15 * 60)
SIGN_IN_BY_USER = Limit("sign-in#user", most=100, seconds=60 * 60)
# Guesses of one network at all passwords.
SIGN_IN_BY_NETWORK = Limit("sign-in#network", most=50, seconds=15 * 60)
# Guesses on a device that the user has signed in on before. These count here alone, so that nobody
# else's guesses lock that device out.
SIGN_IN_BY_DEVICE = Limit("sign-in#device", most=10, seconds=15 * 60)


def sign_in_from(username: str, address: str) -> tuple[Use, ...]:
    """What an attempt to sign in from an IP address uses.

    The network first: once its limit is reached, no user's count rises any more.
    """
    network = network_of(address)
    return (
        SIGN_IN_BY_NETWORK.of(network),
        SIGN_IN_BY_USER_AND_NETWORK.of(username, network),
        SIGN_IN_BY_USER.of(username),
    )


def sign_in_on(username: str, device: str) -> tuple[Use, ...]:
    """What an attempt to sign in uses on one of the user's devices."""
    return (SIGN_IN_BY_DEVICE.of(username, device),)

"""The limits on attempts to sign in and to activate."""

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
# Guesses at the short token of another application. The web API's own have 256 bits and no limit,
# so that nobody can keep their owners from activating.
ACTIVATION_BY_USER_AND_NETWORK = Limit("activation#user-network", most=10, seconds=60 * 60)
ACTIVATION_BY_USER = Limit("activation#user", most=100, seconds=24 * 60 * 60)


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


def new_password_from(address: str) -> tuple[Use, ...]:
    """What setting a password by an activation link uses, as it costs what checking one does.

    Nothing of the user's, so that others' guesses at the password don't stop the link's holder.
    """
    return (SIGN_IN_BY_NETWORK.of(network_of(address)),)


def activation_from(username: str, address: str) -> tuple[Use, ...]:
    """What a try of a short activation token uses."""
    return (
        ACTIVATION_BY_USER_AND_NETWORK.of(username, network_of(address)),
        ACTIVATION_BY_USER.of(username),
    )

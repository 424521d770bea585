"""Where webhooks may go: addresses of the public internet, and networks the operator names.

Rules: what counts is the address that is connected to, looked at when it is; names, redirects and the spelling of a number
cannot talk anybody past it. An address inside another (IPv4 in IPv6, NAT64, 6to4, Teredo) is looked at as well.
"""

import ipaddress
from collections.abc import Iterable, Iterator

from chatdock.errors import ConfigurationError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


class Reach:
    """What a webhook may reach. Raises: ConfigurationError for an entry that is no network."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks: list[Network] = []
        for entry in networks:
            try:
                self._networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                raise ConfigurationError(
                    f"CHATDOCK_WEBHOOK_NETWORKS: {entry[:100]!r} is neither an address nor a network."
                ) from None

    @property
    def has_networks(self) -> bool:
        """Whether there are any besides the public internet: without, nothing goes unencrypted."""
        return bool(self._networks)

    def allows(self, host: str, *, encrypted: bool) -> bool:
        """Whether this address, as it is connected to, may be; without encryption only what the operator names."""
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        if any(each in network for network in self._networks for each in _forms(address)):
            return True
        return encrypted and all(_is_public(each) for each in _forms(address))


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _forms(address: Address) -> Iterator[Address]:
    """The address, and those inside it that it may lead to."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if any(address in network for network in _NAT64):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
